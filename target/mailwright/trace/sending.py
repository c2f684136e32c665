"""What a login may send, and which keys would sign the mail."""

from __future__ import annotations

from mailwright.formats import dkim_keys
from mailwright.trace.configuration import Configuration
from mailwright.trace.mail import Mail, Sending
from mailwright.trace.restrictions import in_networks, owners
from mailwright.trace.world import UnansweredError

OWN_SIGNING = "dkim_signing.conf"


def sending(configuration: Configuration, mail: Mail) -> Sending | None:
    """What the login may do; nothing without a login."""
    if not mail.login:
        return None
    settings = configuration.mailserver.settings
    limits = []
    if settings.enable_rspamd and settings.submission_limit:
        limits.append(f"{settings.submission_limit} recipients an hour (SUBMISSION_LIMIT)")
    limits.append(f"{settings.postfix_message_size_limit} bytes a mail (POSTFIX_MESSAGE_SIZE_LIMIT)")
    try:
        allowed = tuple(owners(configuration, mail.sender)) if mail.sender else ()
    except UnansweredError:
        return Sending(mail.login, None, (), tuple(limits))
    owns = not mail.sender or mail.login.lower() in allowed
    return Sending(mail.login, owns or not settings.spoof_protection, allowed, tuple(limits))


def signing(configuration: Configuration, mail: Mail) -> tuple[tuple[str, ...], str]:
    """The keys that would sign a mail whose From is the sender, as names in DNS, and the reason."""
    server = configuration.mailserver
    if not server.settings.enable_rspamd:
        return (), "ENABLE_RSPAMD=0: nothing signs"
    if OWN_SIGNING in server.rspamd.overrides:
        return (), f"your own rspamd/override.d/{OWN_SIGNING} decides, not traced"
    trusted = in_networks(list(server.mynetworks), mail.client)
    if not mail.login and not trusted:
        return (), "mail of other servers is never signed"
    if not mail.sender:
        return (), "no From is known; the domain of From decides"
    domain = mail.sender.rpartition("@")[2].lower()
    if mail.login and not _may_sign(configuration, mail, domain):
        strict = server.settings.spoof_protection
        return (), f"{mail.login} {f'may not send as {mail.sender}' if strict else f'has no address in {domain}'}"
    keys = dkim_keys.in_use(server.dkim).get(domain, ())
    names = tuple(f"{key.selector}._domainkey.{domain}" for key in keys)
    return names, "if From is the sender" if names else f"there is no key of {domain}"


def _may_sign(configuration: Configuration, mail: Mail, domain: str) -> bool:
    """Whether the login may send with the sender, or without SPOOF_PROTECTION has an address in its domain."""
    try:
        if mail.login.lower() in owners_or_self(configuration, mail.sender or ""):
            return True
    except UnansweredError:
        return False
    own = mail.login.rpartition("@")[2].lower()
    return not configuration.mailserver.settings.spoof_protection and own == domain


def owners_or_self(configuration: Configuration, sender: str) -> list[str]:
    """The logins that own a sender; without SPOOF_PROTECTION Postfix has no such table."""
    if configuration.main.value("smtpd_sender_login_maps"):
        return owners(configuration, sender)
    maps = configuration.mailserver.provisioner.postfix("/etc").smtpd_sender_login_maps
    found, _ = configuration.tables.address(maps, sender)
    return [login.lower() for login in found.value.replace(",", " ").split()] if found else []
