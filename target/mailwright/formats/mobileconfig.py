"""Apple's configuration profile with one mail account (com.apple.mail.managed, Device Management)."""

from __future__ import annotations

import plistlib
from uuid import NAMESPACE_DNS, uuid5

from mailwright.core.client_settings import ClientSettings

TYPES = {"imap": "EmailTypeIMAP", "pop3": "EmailTypePOP"}


def profile(settings: ClientSettings, address: str) -> bytes:
    """The profile of the account ``address``; iOS and macOS ask for its password. ValueError if nobody can read mail.

    Its names depend on server and address only: a newer profile takes the place of an older one.
    """
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadDescription": f"Sets up the mail account {address} on {settings.hostname}.",
            "PayloadOrganization": settings.hostname,
            **_named("profile", settings.hostname, address, f"Mail: {address}"),
            "PayloadContent": [_account(settings, address)],
        }
    )


def _account(settings: ClientSettings, address: str) -> dict[str, object]:
    incoming, outgoing = settings.best("imap", "pop3"), settings.best("smtp")
    if not incoming or not outgoing:
        raise ValueError("no port for reading or for sending mail is open")
    return {
        "PayloadType": "com.apple.mail.managed",
        **_named("account", settings.hostname, address, address),
        "EmailAccountDescription": address,
        "EmailAddress": address,
        "EmailAccountType": TYPES[incoming.protocol],
        "IncomingMailServerAuthentication": "EmailAuthPassword",
        "IncomingMailServerHostName": settings.hostname,
        "IncomingMailServerPortNumber": incoming.port,
        "IncomingMailServerUseSSL": True,
        "IncomingMailServerUsername": address,
        "OutgoingMailServerAuthentication": "EmailAuthPassword",
        "OutgoingMailServerHostName": settings.hostname,
        "OutgoingMailServerPortNumber": outgoing.port,
        "OutgoingMailServerUseSSL": True,
        "OutgoingMailServerUsername": address,
        "OutgoingPasswordSameAsIncomingPassword": True,
    }


def _named(part: str, hostname: str, address: str, shown: str) -> dict[str, object]:
    """What every payload has: its version, its name for people, and its names for the device."""
    number = uuid5(NAMESPACE_DNS, f"{part}.{address}.{hostname}")
    return {
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{'.'.join(reversed(hostname.split('.')))}.mail.{number}",
        "PayloadUUID": str(number),
        "PayloadDisplayName": shown,
    }
