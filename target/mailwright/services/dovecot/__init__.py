"""Dovecot: the MDA, IMAP and POP3; it checks logins for itself and for Postfix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mailwright.core import ciphers, paths, sockets
from mailwright.core.endpoints import Sockets
from mailwright.core.textfile import TextFile
from mailwright.core.tree import Effect, File, Folder, Span
from mailwright.formats import dovecot_folders, dovecot_plugins
from mailwright.formats.quotas import dovecot_grace, dovecot_size
from mailwright.model import dovecot_includes
from mailwright.model.dovecot_includes import Included
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import INET_PROTOCOLS, Check, Dialogue, Port, Program, Reload, Service, User
from mailwright.services.dovecot import accounts, merged, user_keys
from mailwright.services.proxied import by_dovecot, twin
from mailwright.services.template import rendered
from mailwright.settings import Settings
from mailwright.templating.templates import lines

# Dovecot's default and what else the local part of an account may hold (values.MAILBOX_LOCAL).
USERNAME_CHARS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890.-_@=~&"
# With a password, and with a token of an identity provider (RFC 7628 and Google's form).
PASSWORD_MECHANISMS, TOKEN_MECHANISMS = ("plain", "login"), ("oauthbearer", "xoauth2")

INCLUDED = "included"  # folder of the copies of what dovecot.cf includes, beside local.conf

# Special use (RFC 6154) → name; dovecot.cf may have other names.
FOLDERS = {"Drafts": "Drafts", "Junk": "Junk", "Trash": "Trash", "Sent": "Sent"}


def has_dovecot(mailserver: Mailserver) -> bool:
    """Whether there is a Dovecot at all: it has mailboxes, or it checks logins."""
    return mailserver.knows_accounts and not mailserver.settings.smtp_only


def has_imap(mailserver: Mailserver) -> bool:
    """Whether 143 and 993 are open."""
    return has_dovecot(mailserver) and mailserver.settings.enable_imap


def has_pop3(mailserver: Mailserver) -> bool:
    """Whether 110 and 995 are open."""
    return has_dovecot(mailserver) and mailserver.settings.enable_pop3


def has_managesieve(mailserver: Mailserver) -> bool:
    """Whether 4190 is open."""
    return has_dovecot(mailserver) and mailserver.settings.enable_managesieve


def listen(mailserver: Mailserver) -> tuple[str, ...]:
    """The addresses of Dovecot's ports."""
    return INET_PROTOCOLS[mailserver.settings.dovecot_inet_protocols]


@dataclass(frozen=True, slots=True)
class Dovecot:
    """What Dovecot's templates lay out."""

    protocols: tuple[str, ...]
    protocols_with_login: tuple[str, ...]
    listen: tuple[str, ...]
    mechanisms: tuple[str, ...]
    encryption_lmtp: str  # below Dovecot's folder of sockets
    introspection: str  # socket of the program that asks the identity provider
    username_chars: str
    tls_ciphers: str
    tls_groups: tuple[str, ...]
    dh_parameters: str
    sni: tuple[tuple[str, str], ...]  # name that clients ask for, name of the certificate's files
    masters: bool  # there are master users
    folders: Mapping[str, str]  # special use → name, without the prefix of all names
    prefix: str
    files_spam: bool
    learns: bool
    quota_size: str  # of a mailbox that has no limit of its own
    quota_grace: str


def dovecot(mailserver: Mailserver) -> Dovecot:
    """The values of Dovecot's templates."""
    settings = mailserver.settings
    override = mailserver.overrides.dovecot or TextFile("dovecot.cf", "")
    switches = {"imap": has_imap, "pop3": has_pop3, "sieve": has_managesieve}
    with_login = tuple(name for name, is_on in switches.items() if is_on(mailserver))
    return Dovecot(
        protocols=(("lmtp",) if mailserver.role.mailboxes else ()) + with_login,
        protocols_with_login=with_login,
        listen=listen(mailserver),
        mechanisms=(*PASSWORD_MECHANISMS, *(TOKEN_MECHANISMS if mailserver.oauth2 else ())),
        encryption_lmtp=sockets.ENCRYPTION_LMTP.removeprefix(f"{paths.DOVECOT_RUN}/"),
        introspection=sockets.INTROSPECTION,
        username_chars=USERNAME_CHARS,
        tls_ciphers=ciphers.tls_ciphers(settings.tls_level),
        tls_groups=ciphers.GROUPS,
        dh_parameters=ciphers.dh_parameters(settings.tls_level),
        sni=tuple(sorted((asked, one.name) for one in mailserver.sni for asked in one.answers)),
        masters=bool(mailserver.directory.masters),
        folders=FOLDERS | dovecot_folders.special_uses(override),
        prefix=dovecot_folders.prefix(override),
        files_spam=files_spam(mailserver),
        learns=mailserver.learns,
        quota_size=dovecot_size(settings.postfix_mailbox_size_limit),
        quota_grace=dovecot_grace(settings.postfix_mailbox_size_limit),
    )


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Everything below /etc/dovecot."""
    computed, readers = dovecot(mailserver), accounts.auth_readers(mailserver)
    text = rendered("dovecot/dovecot.conf.j2", mailserver, etc, dovecot=computed)
    yield File("dovecot/dovecot.conf", text, "dovecot", readers=readers)
    yield from accounts.files(mailserver, etc, computed.protocols_with_login)
    yield from _scripts(mailserver, etc, computed)
    for name, pem in mailserver.oauth2.key_files() if mailserver.oauth2 else ():
        yield File(f"{paths.TOKEN_KEYS}/{name}", pem, "dovecot", readers=readers)
    yield from _mail_crypt_keys(mailserver, readers)
    yield from _mail_user(mailserver.settings)
    override = mailserver.overrides.dovecot
    if override:
        included = mailserver.overrides.dovecot_included
        text = dovecot_includes.with_copies(override, included, INCLUDED)
        yield File("dovecot/local.conf", text, "dovecot", spans=(Span(1, override.name),), readers=readers)
        owner = f"root:{mailserver.settings.dms_vmail_gid}"
        yield from (file for each in included for file in _copies(each, owner, readers))


def _copies(included: Included, owner: str, readers: tuple[str, ...]) -> Iterator[File]:
    """Copies of what a line of dovecot.cf includes; they may hold secrets. dovecot-lda, user vmail, reads them too."""
    for number, file in enumerate(included.files):
        path = f"dovecot/{INCLUDED}/{included.line}/{number:03}-{file.name.rpartition('/')[2]}"
        text, spans = dovecot_includes.copied(file), (Span(1, file.name),)
        yield File(path, text, "dovecot", 0o640, owner, secret=True, spans=spans, readers=readers)


def _mail_crypt_keys(mailserver: Mailserver, readers: tuple[str, ...]) -> Iterator[File]:
    """The key of new mail, and all keys that open mail. dovecot-lda, user vmail, reads them too (quota-warning)."""
    mail_crypt, owner = mailserver.mail_crypt, f"root:{mailserver.settings.dms_vmail_gid}"
    if not mail_crypt:
        return
    for key in mail_crypt.keys:
        path = f"{paths.MAIL_CRYPT}/{key.name}.pem"
        yield File(path, key.private, "dovecot", 0o640, owner, secret=True, readers=readers)
    if mail_crypt.writes:
        yield File(f"{paths.MAIL_CRYPT}/public.key", mail_crypt.newest.public, "dovecot", readers=readers)


def _mail_user(settings: Settings) -> Iterator[File]:
    """The user vmail with another number than the image's, for libnss-extrausers; the image's otherwise."""
    uid, gid = settings.dms_vmail_uid, settings.dms_vmail_gid
    if (uid, gid) != (5000, 5000):
        user = lines([f"vmail:x:{uid}:{gid}::{paths.MAIL}:/usr/sbin/nologin"])
        yield File("extrausers/passwd", user, "dovecot", effect=Effect.RESTART)
        yield File("extrausers/group", lines([f"vmail:x:{gid}:"]), "dovecot", effect=Effect.RESTART)


def _scripts(mailserver: Mailserver, etc: str, computed: Dovecot) -> Iterator[File]:
    """The operator's Sieve scripts and ours, and the configuration of their compiler."""
    sieve = mailserver.sieve
    sievec = rendered("dovecot/sievec.conf.j2", mailserver, etc, dovecot=computed)
    yield File("dovecot/sievec.conf", sievec, "dovecot", effect=Effect.NOTHING)
    scripts = {"before": sieve.before, "after": sieve.after}
    scripts |= {f"accounts/{address}": script for address, script in sieve.accounts.items()}
    for name, script in scripts.items():
        if script:
            # Dovecot opens it at each delivery.
            path, spans = f"dovecot/sieve/{name}.sieve", (Span(1, script.name),)
            yield File(path, script.text, "dovecot", effect=Effect.NOTHING, compile="sievec", spans=spans)
    ours = (("spam",) if computed.files_spam else ()) + (("learn-spam", "learn-ham") if computed.learns else ())
    for name in ours:
        text = rendered(f"dovecot/{name}.sieve.j2", mailserver, etc, dovecot=computed)
        yield File(f"dovecot/sieve/{name}.sieve", text, "dovecot", effect=Effect.NOTHING, compile="sievec")


def files_spam(mailserver: Mailserver) -> bool:
    """Whether a script of ours moves or marks spam."""
    settings = mailserver.settings
    return settings.enable_rspamd and bool(
        settings.move_spam_to_junk or settings.mark_spam_as_read or settings.spam_subject
    )


def state(_settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    """What Dovecot remembers. Its folder below /run is its own to make."""
    yield Folder(paths.DOVECOT_STATE, "root:root", 0o755)


MANAGESIEVE = Port(
    "managesieve",
    4190,
    "STARTTLS",
    "editing filters",
    "ENABLE_MANAGESIEVE",
    has_managesieve,
    '"IMPL',
    listen,
    by_dovecot("sieve"),
)
IMAP = Port("imap", 143, "STARTTLS", "reading mail", "ENABLE_IMAP", has_imap, "* OK", listen, by_dovecot("imap"))
IMAPS = Port("imaps", 993, "TLS", "reading mail", "ENABLE_IMAP", has_imap, "* OK", listen, by_dovecot("imaps"))
POP3 = Port("pop3", 110, "STARTTLS", "fetching mail", "ENABLE_POP3", has_pop3, "+OK", listen, by_dovecot("pop3"))
POP3S = Port("pop3s", 995, "TLS", "fetching mail", "ENABLE_POP3", has_pop3, "+OK", listen, by_dovecot("pop3s"))

SESSIONS = 1024  # Dovecot's process_limit of the services imap and pop3
DELIVERIES = 150  # LMTP, and Dovecot's own helpers
PORTS = (MANAGESIEVE, IMAP, IMAPS, POP3, POP3S)


def dialogues(mailserver: Mailserver) -> Iterator[Dialogue]:
    """Mail for the first account, a login of the probe account, and mail folders that can be written."""
    if not mailserver.role.mailboxes:
        return
    accounts, lmtp = mailserver.directory.accounts, str(mailserver.sockets.lmtp)
    yield Dialogue("lmtp", lmtp, argument=str(accounts[0].address) if accounts else "-")
    # What all nodes wait for is no reason to end one of them.
    if not (mailserver.provisioner.can_list or mailserver.cluster):
        yield Dialogue("directory", lmtp, argument=mailserver.provisioner.place)
    for kind, ports in {"imap": (IMAPS, IMAP), "pop3": (POP3S, POP3)}.items():
        if ports[0].enabled(mailserver) and mailserver.role.mta:
            yield min(ports, key=lambda port: port.proxied(mailserver)).dialogue(mailserver, kind)
    yield Dialogue("folders", paths.MAIL, argument=":".join(map(str, mailserver.mail_owner)))


def processes(mailserver: Mailserver) -> int:
    """A process for each session of IMAP and POP3, and the deliveries."""
    settings = mailserver.settings
    return SESSIONS * (settings.enable_imap + settings.enable_pop3) + DELIVERIES


def tries(mailserver: Mailserver) -> Iterator[Check]:
    """A look at what dovecot.cf includes, at the keys of users, and at the plugins if it loads some of Dovecot's."""
    yield from merged.reads(mailserver)
    yield from user_keys.looks(mailserver)
    file = mailserver.overrides.dovecot
    if file and "mail_plugin_dir" not in file.text and any(dovecot_plugins.plugins(file)):
        yield Check(("ls", dovecot_plugins.MODULES), judge=lambda _, listing: dovecot_plugins.missing(file, listing))


DOVECOT = Service(
    name="dovecot",
    summary="MDA, IMAP and POP3 server; checks logins (SASL)",
    start=70,
    enabled=has_dovecot,
    files=files,
    program=lambda _: Program("/usr/lib/mailwright/dovecot-foreground", stopwait=8, whole_group=True),
    state=state,
    reload=Reload(
        ("doveadm", "reload"),
        ("dovecot/dovecot.conf", "dovecot/local.conf"),
        # The folders of a protocol's services are made at a start only: "Failed to create per-PID unix_listener".
        ("base_dir", "instance_name", "protocols"),
        blocks=("service",),
    ),
    checks=(
        Check(
            ("doveconf", "-c", "{etc}/dovecot/dovecot.conf", "-n"),
            ends_at_first=("dovecot/dovecot.conf", "dovecot/local.conf"),
            judge=merged.judged,
            merged=True,
        ),
    ),
    tries=tries,
    ports=(*PORTS, *map(twin, PORTS)),
    dialogues=dialogues,
    etc=("dovecot", "extrausers"),
    packages=(
        "dovecot-core",
        "dovecot-flatcurve",
        "dovecot-imapd",
        "dovecot-ldap",
        "dovecot-lmtpd",
        "dovecot-managesieved",
        "dovecot-mysql",
        "dovecot-pgsql",
        "dovecot-pop3d",
        "dovecot-sieve",
        "dovecot-sqlite",
        "libnss-extrausers",
    ),
    users=(User("dovecot", 103), User("dovenull", 104)),
    memory=25,
    processes=processes,
)
