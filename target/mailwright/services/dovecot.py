"""Dovecot: the MDA, IMAP and POP3, and the judge of logins for itself and for Postfix."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright import ciphers, paths, sockets
from mailwright.memo import remembered
from mailwright.model import Mailserver
from mailwright.service import Check, Port, Program, Reload, Service
from mailwright.templates import Templates, lines
from mailwright.tree import Effect, File, Span

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


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Everything below /etc/dovecot."""
    settings = mailserver.settings
    protocols = ["lmtp"] + ["imap"] * has_imap(mailserver) + ["pop3"] * has_pop3(mailserver)
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
        has_override=mailserver.overrides.dovecot is not None,
    )
    yield File("dovecot/dovecot.conf", text, "dovecot")
    yield File(
        "dovecot/userdb", userdb(mailserver), "dovecot", 0o440, "root:dovecot", effect=Effect.NOTHING, secret=True
    )
    override = mailserver.overrides.dovecot
    if override:
        yield File("dovecot/local.conf", override.text, "dovecot", spans=(Span(1, override.name),))


@remembered
def userdb(mailserver: Mailserver) -> str:
    """The passwd-file of all accounts (Dovecot's page "Passwd-file"), passwords and users in one.

    User, group and home are the same for all, as mail_uid, mail_gid and mail_home say.
    """
    accounts = mailserver.directory.accounts
    return lines([f"{address}:{password_hash}::::::{extra}" for address, password_hash, extra, _ in accounts])


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
        Port("imap", 143, "STARTTLS", "reading mail", "ENABLE_IMAP", has_imap, "* OK"),
        Port("imaps", 993, "TLS", "reading mail", "ENABLE_IMAP", has_imap, "* OK"),
        Port("pop3", 110, "STARTTLS", "fetching mail", "ENABLE_POP3", has_pop3, "+OK"),
        Port("pop3s", 995, "TLS", "fetching mail", "ENABLE_POP3", has_pop3, "+OK"),
    ),
)
