"""Dovecot: the MDA, IMAP and POP3, and the judge of logins for itself and for Postfix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwright.core import ciphers, paths, sockets
from mailwright.core.memo import remembered
from mailwright.core.tree import Effect, File, Span
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check, Port, Program, Reload, Service
from mailwright.templating.templates import Templates, lines

# Dovecot's default and what else the local part of an account may hold (values.MAILBOX_LOCAL).
USERNAME_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@=~&"
LISTEN = {"all": "*, ::", "ipv4": "*", "ipv6": "::"}


def has_dovecot(mailserver: Mailserver) -> bool:
    """Whether there is a Dovecot at all."""
    return not mailserver.settings.smtp_only


def has_imap(mailserver: Mailserver) -> bool:
    """Whether 143 and 993 are open."""
    return has_dovecot(mailserver) and mailserver.settings.enable_imap


def has_pop3(mailserver: Mailserver) -> bool:
    """Whether 110 and 995 are open."""
    return has_dovecot(mailserver) and mailserver.settings.enable_pop3


def has_managesieve(mailserver: Mailserver) -> bool:
    """Whether 4190 is open."""
    return has_dovecot(mailserver) and mailserver.settings.enable_managesieve


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Everything below /etc/dovecot."""
    settings = mailserver.settings
    logins = (("imap", has_imap), ("pop3", has_pop3), ("sieve", has_managesieve))
    protocols = ["lmtp", *(name for name, is_on in logins if is_on(mailserver))]
    text = Templates(mailserver.templates).render(
        "dovecot/dovecot.conf.j2",
        settings=settings,
        etc=etc,
        paths=paths,
        sockets=sockets,
        hostname=mailserver.hostname,
        postmaster=mailserver.postmaster,
        protocols=protocols,
        protocols_with_login=len(protocols) > 1,
        listen=LISTEN[settings.dovecot_inet_protocols],
        username_chars=USERNAME_CHARS,
        certificates=mailserver.certificate_prefixes,
        tls_ciphers=ciphers.tls_ciphers(settings.tls_level),
        tls_groups=ciphers.GROUPS,
        dh_parameters=ciphers.dh_parameters(settings.tls_level),
        masters=bool(mailserver.directory.masters),
        sieve=mailserver.sieve,
        files_spam=files_spam(mailserver),
        learns=learns(mailserver),
        has_quotas=mailserver.has_quotas,
        quota_size=quota_size,
        quota_grace=quota_grace,
        has_override=mailserver.overrides.dovecot is not None,
    )
    yield File("dovecot/dovecot.conf", text, "dovecot")
    yield _secret("dovecot/userdb", userdb(mailserver))
    yield from _scripts(mailserver)
    yield from _spam_scripts(mailserver)
    yield from _masters(mailserver, protocols[1:])
    override = mailserver.overrides.dovecot
    if override:
        yield File("dovecot/local.conf", override.text, "dovecot", spans=(Span(1, override.name),))


def _scripts(mailserver: Mailserver) -> Iterator[File]:
    """The operator's Sieve scripts, and what their compiler needs to know."""
    sieve = mailserver.sieve
    sievec = Templates(mailserver.templates).render(
        "dovecot/sievec.conf.j2", paths=paths, settings=mailserver.settings, learns=learns(mailserver)
    )
    yield File("dovecot/sievec.conf", sievec, "dovecot", effect=Effect.NOTHING)
    scripts = {"before": sieve.before, "after": sieve.after}
    scripts |= {f"accounts/{address}": script for address, script in sieve.accounts.items()}
    for name, script in scripts.items():
        if script:
            # Dovecot opens it at each delivery.
            path, spans = f"dovecot/sieve/{name}.sieve", (Span(1, script.name),)
            yield File(path, script.text, "dovecot", effect=Effect.NOTHING, compile="sievec", spans=spans)


def files_spam(mailserver: Mailserver) -> bool:
    """Whether a script of ours does something about spam."""
    settings = mailserver.settings
    what = (settings.move_spam_to_junk, settings.mark_spam_as_read, settings.spam_subject)
    return settings.enable_rspamd and any(what)


def learns(mailserver: Mailserver) -> bool:
    """Whether users teach Rspamd by moving mail."""
    return mailserver.settings.rspamd_learn and mailserver.settings.enable_rspamd and has_imap(mailserver)


def _spam_scripts(mailserver: Mailserver) -> Iterator[File]:
    """Our own Sieve scripts: what becomes of spam, and what users teach."""
    names = (("spam",) if files_spam(mailserver) else ()) + (("learn-spam", "learn-ham") if learns(mailserver) else ())
    for name in names:
        text = Templates(mailserver.templates).render(f"dovecot/{name}.sieve.j2", settings=mailserver.settings)
        yield File(f"dovecot/sieve/{name}.sieve", text, "dovecot", effect=Effect.NOTHING, compile="sievec")


def _masters(mailserver: Mailserver, protocols: list[str]) -> Iterator[File]:
    """The passwd-file of master users for each protocol that they may use; SMTP is none of them."""
    if mailserver.directory.masters:
        rows = lines([f"{master.name}:{master.password_hash}" for master in mailserver.directory.masters])
        yield from (_secret(f"dovecot/masters/{protocol}", rows) for protocol in protocols)


def _secret(path: str, rows: str) -> File:
    """A passwd-file, looked at anew once a second. For auth alone: LMTP and its programs have Dovecot's group."""
    return File(path, rows, "dovecot", 0o400, "dovecot:root", effect=Effect.NOTHING, secret=True)


@remembered
def userdb(mailserver: Mailserver) -> str:
    """The passwd-file of all accounts (Dovecot's page "Passwd-file"), passwords and users in one.

    User, group and home are the same for all, as mail_uid, mail_gid and mail_home say.
    """
    accounts = mailserver.directory.accounts
    limits: dict[str, int] = {
        quota.address: quota.limit for quota in mailserver.directory.quotas if mailserver.settings.enable_quotas
    }
    if not limits:
        return lines([f"{address}:{password_hash}::::::{extra}" for address, password_hash, extra, _ in accounts])
    return lines(
        [
            f"{address}:{password_hash}::::::{quota_fields(limits, address)}{extra}".rstrip()
            for address, password_hash, extra, _ in accounts
        ]
    )


def quota_fields(limits: Mapping[str, int], address: str) -> str:
    """The userdb fields that limit one mailbox, or nothing."""
    if address not in limits:
        return ""
    limit = limits[address]
    fields = {"quota_storage_size": quota_size(limit), "quota_storage_grace": quota_grace(limit)}
    return "".join(f"userdb_quota/user/{name}={value} " for name, value in fields.items())


def quota_size(limit: int) -> str:
    """``limit`` (bytes; 0: none) as a size of Dovecot's."""
    return f"{limit}B" if limit else "unlimited"


def quota_grace(limit: int) -> str:
    """A tenth of ``limit``, for the last mail."""
    return f"{limit // 10}B" if limit else "0"


DOVECOT = Service(
    name="dovecot",
    summary="MDA, IMAP and POP3 server, and the judge of logins (SASL)",
    enabled=has_dovecot,
    files=files,
    program=lambda _: Program("/usr/sbin/dovecot -F", stopwait=8, whole_group=True),
    reload=Reload(
        ("doveadm", "reload"),
        ("dovecot/dovecot.conf", "dovecot/local.conf"),
        # A protocol's services get their folders at a start only ("Failed to create per-PID unix_listener").
        ("base_dir", "instance_name", "protocols"),
        blocks=("service",),
    ),
    checks=(Check(("doveconf", "-c", "{etc}/dovecot/dovecot.conf", "-n"), mild=("Warning:",)),),
    ports=(
        Port("managesieve", 4190, "STARTTLS", "editing filters", "ENABLE_MANAGESIEVE", has_managesieve, '"IMPL'),
        Port("imap", 143, "STARTTLS", "reading mail", "ENABLE_IMAP", has_imap, "* OK"),
        Port("imaps", 993, "TLS", "reading mail", "ENABLE_IMAP", has_imap, "* OK"),
        Port("pop3", 110, "STARTTLS", "fetching mail", "ENABLE_POP3", has_pop3, "+OK"),
        Port("pop3s", 995, "TLS", "fetching mail", "ENABLE_POP3", has_pop3, "+OK"),
    ),
)
