"""Who may send what to whom: Postfix's restriction lists, in the order of their evaluation."""

from __future__ import annotations

from mailwright.model.mailserver import Mailserver
from mailwright.services.postfix.tables import lmdb


def smtpd_restrictions(mailserver: Mailserver, etc: str = "/etc") -> dict[str, tuple[str, ...]]:
    """The named lists of main.cf for port 25 (postconf(5))."""
    return {
        "mailwright_smtpd_client_restrictions": smtpd_client_restrictions(mailserver),
        "mailwright_smtpd_helo_restrictions": (),
        "mailwright_smtpd_sender_restrictions": smtpd_sender_restrictions(mailserver, etc),
        "mailwright_smtpd_relay_restrictions": SMTPD_RELAY,
        "mailwright_smtpd_recipient_restrictions": (
            *_recipients(mailserver, etc),
            *SMTPD_RECIPIENT,
        ),
        "mailwright_smtpd_data_restrictions": ("reject_unauth_pipelining",),
        # A client need not tell the size at MAIL. For several recipients Postfix does not name one here.
        "mailwright_smtpd_end_of_data_restrictions": _quotas(mailserver),
    }


def mua_restrictions(mailserver: Mailserver, etc: str = "/etc") -> dict[str, tuple[str, ...]]:
    """The named lists of main.cf for submission."""
    return {
        "mailwright_mua_client_restrictions": ("permit_sasl_authenticated", "reject"),
        "mailwright_mua_sender_restrictions": mua_sender_restrictions(mailserver, etc),
        "mailwright_mua_relay_restrictions": ("permit_sasl_authenticated", "reject"),
        "mailwright_mua_recipient_restrictions": _recipients(mailserver, etc),
        # Mail that a user's Sieve script passes on has any sender.
        "mailwright_sieve_sender_restrictions": (
            *_senders(mailserver, etc, login=True),
            "permit_sasl_authenticated",
            "reject",
        ),
    }


def fetched_restrictions(mailserver: Mailserver, etc: str = "/etc") -> dict[str, tuple[str, ...]]:
    """The named lists of main.cf for mail that was fetched: only our own addresses, and no client is trusted."""
    return {
        "mailwright_fetched_relay_restrictions": ("reject_unauth_destination",),
        "mailwright_fetched_recipient_restrictions": (*_recipients(mailserver, etc), "reject_non_fqdn_recipient"),
    }


# The one list that keeps this server from relaying for strangers.
SMTPD_RELAY = ("permit_mynetworks", "permit_sasl_authenticated", "reject_unauth_destination")

# Strangers reach our own domains only, with a HELO name of a valid form.
SMTPD_RECIPIENT = (
    "permit_mynetworks",
    "permit_sasl_authenticated",
    "reject_unauth_destination",
    "reject_invalid_helo_hostname",
    "reject_non_fqdn_helo_hostname",
    "reject_non_fqdn_recipient",
)


def smtpd_client_restrictions(mailserver: Mailserver) -> tuple[str, ...]:
    """What a client's address must fulfil on port 25."""
    if mailserver.settings.postfix_reject_unknown_client_hostname:
        return ("permit_mynetworks", "permit_sasl_authenticated", "reject_unknown_client_hostname")
    return ()


def smtpd_sender_restrictions(mailserver: Mailserver, etc: str) -> tuple[str, ...]:
    """Senders on port 25: a bounce must be deliverable. Logins, if an override allows them, use their own addresses."""
    return (
        *_senders(mailserver, etc, login=has_login_on_smtp(mailserver)),
        # "restriction `reject_authenticated_sender_login_mismatch' ignored: no SASL support" without logins.
        *(_own_addresses(mailserver) if has_login_on_smtp(mailserver) else ()),
        "permit_mynetworks",
        "permit_sasl_authenticated",
        "reject_non_fqdn_sender",
        "reject_unknown_sender_domain",
    )


def mua_sender_restrictions(mailserver: Mailserver, etc: str) -> tuple[str, ...]:
    """Senders on submission: the login's own addresses (SPOOF_PROTECTION)."""
    return (*_senders(mailserver, etc, login=True), *_own_addresses(mailserver), "permit_sasl_authenticated", "reject")


def _senders(mailserver: Mailserver, etc: str, *, login: bool) -> tuple[str, ...]:
    """postfix-send-access.cf: refuses by sender, and by login, so that an alias or a null sender does not help."""
    own = (lmdb("send_access", etc),) if mailserver.directory.refused_senders else ()
    tables = (*own, *mailserver.provisioner.postfix(etc).refused_senders)
    by_login = tuple(f"check_sasl_access {table}" for table in tables) if login else ()
    return (*by_login, *(f"check_sender_access {table}" for table in tables))


def _recipients(mailserver: Mailserver, etc: str) -> tuple[str, ...]:
    """postfix-receive-access.cf refuses every client, so it comes before any permit; the table can only refuse."""
    own = (lmdb("receive_access", etc),) if mailserver.directory.refused_recipients else ()
    tables = (*own, *mailserver.provisioner.postfix(etc).refused_recipients)
    return (
        *(f"check_recipient_access {table}" for table in tables),
        *_quotas(mailserver),
    )


def _quotas(mailserver: Mailserver) -> tuple[str, ...]:
    """A full mailbox is refused while the client is connected: a later bounce might go to a forged sender."""
    return (
        (f"check_policy_service {mailserver.sockets.quota_status.postfix}",)
        if mailserver.refuses_full_mailboxes
        else ()
    )


def has_login_on_smtp(mailserver: Mailserver) -> bool:
    """Whether the operator's overrides offer AUTH on port 25."""
    main, master = mailserver.overrides.main, mailserver.overrides.master
    stated = [(override.name, override.value) for override in main]
    stated += [(override.name, override.value) for override in master]
    return any(name == "smtpd_sasl_auth_enable" and value != "no" for name, value in stated)


def _own_addresses(mailserver: Mailserver) -> tuple[str, ...]:
    return ("reject_authenticated_sender_login_mismatch",) if mailserver.settings.spoof_protection else ()
