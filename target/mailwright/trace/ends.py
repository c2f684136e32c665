"""The ends of a mail: what happens in each mailbox, and how it reaches each other server."""

from __future__ import annotations

from mailwright.core.textfile import TextFile
from mailwright.formats import dovecot_folders
from mailwright.model import mail_crypt
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners.file import QUOTAS
from mailwright.services.dovecot import FOLDERS, files_spam
from mailwright.trace.configuration import Configuration
from mailwright.trace.mail import Mailbox
from mailwright.trace.tables import split
from mailwright.trace.world import UnansweredError


def mailbox(configuration: Configuration, address: str, size: int) -> Mailbox:
    """The mailbox of a final address in a virtual mailbox domain, and what a mail of ``size`` bytes meets there."""
    local, _, domain = address.rpartition("@")
    account = f"{split(local)[0]}@{domain}".lower()
    try:
        exists: bool | None = configuration.address("virtual_mailbox_maps", address)[0] is not None
    except UnansweredError:
        exists = None
    server = configuration.mailserver
    if not exists or server.settings.smtp_only:
        return Mailbox(address, account, exists)
    if not server.role.mailboxes:
        return Mailbox(address, account, exists, backend=_backend(configuration, address))
    used, limit, limit_from = _quota(configuration, account)
    return Mailbox(
        address,
        account,
        exists,
        used,
        limit,
        limit_from,
        # The last mail may exceed the limit by a tenth (quota_storage_grace).
        bool(used is not None and limit and used + size > limit + limit // 10),
        tuple(_scripts(configuration, account)),
        _junk(server),
        _encryption(server),
    )


def _backend(configuration: Configuration, address: str) -> str:
    """The node that gets the mail; empty if none does, so that the mail waits."""
    try:
        found, _ = configuration.address("transport_maps", address)
    except UnansweredError:
        found = None
    return found.value.removeprefix("lmtp:inet:") if found and found.value.startswith("lmtp:") else ""


def _quota(configuration: Configuration, account: str) -> tuple[int | None, int | None, str]:
    """Bytes stored, the limit (0: none), and where the limit is set."""
    server = configuration.mailserver
    row = next((quota for quota in server.directory.quotas if quota.address == account), None)
    limit = row.limit if row else server.settings.postfix_mailbox_size_limit
    where = row.where if row else f"POSTFIX_MAILBOX_SIZE_LIMIT, no row in {QUOTAS}"
    if not server.provisioner.can_list:
        where = server.provisioner.place
    if not server.settings.enable_quotas:
        return None, 0, "ENABLE_QUOTAS=0"
    try:
        usage = configuration.world.usage(account)
    except UnansweredError:
        usage = None
    used, known = usage or (None, None)
    return used, known if known is not None else limit, where


def _scripts(configuration: Configuration, account: str) -> list[str]:
    """The Sieve scripts in the order in which they run."""
    server, sieve = configuration.mailserver, configuration.mailserver.sieve
    try:
        active = configuration.world.active_script(account)
    except UnansweredError as error:
        active = f"the user's own, not known: {error}"
    scripts = [
        sieve.before.name if sieve.before else "",
        "spam (Mailwright's own)" if files_spam(server) else "",
        sieve.accounts[account].name if account in sieve.accounts else "",
        active,
        sieve.after.name if sieve.after else "",
    ]
    return [script for script in scripts if script]


def _junk(server: Mailserver) -> str:
    """What is done with mail that the filter marks as spam."""
    settings = server.settings
    if not files_spam(server):
        return "spam is delivered as other mail" if settings.enable_rspamd else "no filter"
    override = server.overrides.dovecot or TextFile("dovecot.cf", "")
    names = FOLDERS | dovecot_folders.special_uses(override)
    folder = f"{dovecot_folders.prefix(override)}{names['Junk']}"
    parts = [f"spam goes to {folder}" if settings.move_spam_to_junk else "spam stays in INBOX"]
    parts += ["is marked as read"] if settings.mark_spam_as_read else []
    parts += [f"its subject begins with {settings.spam_subject.strip()}"] if settings.spam_subject else []
    return ", ".join(parts)


def _encryption(server: Mailserver) -> str:
    """Whether mail is encrypted before it is stored, and with which key."""
    if server.mail_crypt and server.mail_crypt.writes:
        return f"{mail_crypt.FOLDER}/{server.mail_crypt.newest.name}{mail_crypt.SUFFIX} ({mail_crypt.SWITCH}=global)"
    if server.mail_crypt and server.mail_crypt.writes_user_keys:
        return f"the user's key ({mail_crypt.SWITCH}=user)"
    file = server.overrides.dovecot
    own = [number for number, row in file.rows() if mail_crypt.OWN.fullmatch(row)] if file else []
    return f"your own mail_crypt ({file.at(own[0])})" if file and own else f"none ({mail_crypt.SWITCH}=off)"
