"""Who may log in at Dovecot, and what each may store: passwd-files, or where accounts are looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mailwright.core.memo import remembered
from mailwright.core.tree import Effect, File
from mailwright.formats.app_passwords import PROTOCOLS
from mailwright.formats.quotas import dovecot_grace, dovecot_size
from mailwright.model.mailserver import Mailserver
from mailwright.services.template import rendered
from mailwright.templating.templates import lines


def auth_readers(mailserver: Mailserver) -> tuple[str, ...]:
    """Who takes up a change of what Dovecot's auth process reads.

    After a reload, Dovecot's old process goes on checking logins for as long as somebody stays connected to it, as
    Postfix does. So the connections between are ended (auth-relay, where it runs).
    """
    return ("dovecot", "auth-relay") if mailserver.relays_logins else ("dovecot",)


def files(mailserver: Mailserver, etc: str, protocols: tuple[str, ...]) -> Iterator[File]:
    """All of them; ``protocols`` are those that master users may use."""
    yield from _accounts(mailserver, etc)
    if not mailserver.role.mta:
        yield _secret("dovecot/fronts", lines(["front:"]))
    yield from _app_passwords(mailserver)
    yield from _masters(mailserver, protocols)
    if mailserver.rimap and mailserver.rimap.ca:
        yield File("dovecot/rimap-ca.pem", mailserver.rimap.ca, "dovecot", readers=auth_readers(mailserver))


def _accounts(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """The accounts, or where Dovecot looks them up: with a password, so only root can read it."""
    if mailserver.provisioner.can_list:
        yield _secret("dovecot/userdb", userdb(mailserver))
    else:
        text = rendered(mailserver.provisioner.dovecot_template, mailserver, etc)
        yield File("dovecot/accounts.conf", text, "dovecot", 0o600, secret=True, readers=auth_readers(mailserver))


def _masters(mailserver: Mailserver, protocols: tuple[str, ...]) -> Iterator[File]:
    """The passwd-file of master users for each protocol that they may use; SMTP is not among them."""
    if mailserver.directory.masters:
        rows = lines([f"{master.name}:{master.password_hash}" for master in mailserver.directory.masters])
        yield from (_secret(f"dovecot/masters/{protocol}", rows) for protocol in protocols)


def _app_passwords(mailserver: Mailserver) -> Iterator[File]:
    """The passwd-file of app passwords for each protocol, also one without rows: Dovecot warns of a missing file."""
    for protocol, name in PROTOCOLS.items() if mailserver.app_passwords else ():
        rows = [
            f"{one.address}/{one.hashed}:{{SHA256.HEX}}{one.hashed}::::::app_password={one.name}"
            for one in mailserver.app_passwords
            if protocol in one.protocols
        ]
        yield _secret(f"dovecot/app-passwords/{name}", lines(rows))


def _secret(path: str, rows: str) -> File:
    """A passwd-file: Dovecot checks once a second whether it changed. LMTP and its programs can't read it."""
    return File(path, rows, "dovecot", 0o400, "dovecot:root", effect=Effect.NOTHING, secret=True)


@remembered
def userdb(mailserver: Mailserver) -> str:
    """The passwd-file of all accounts (Dovecot's page "Passwd-file"), passdb and userdb in one.

    User, group and home are the same for all: mail_uid, mail_gid and mail_home.
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
    fields = {"quota_storage_size": dovecot_size(limit), "quota_storage_grace": dovecot_grace(limit)}
    return "".join(f"userdb_quota/user/{name}={value} " for name, value in fields.items())
