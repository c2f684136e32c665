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
    incoming, outgoing = settings.best("imap", "pop3"), settings.best("smtp")
    if not incoming or not outgoing:
        raise ValueError("no port for reading or for sending mail is open")
    server = ".".join(reversed(settings.hostname.split(".")))
    account_id = uuid5(NAMESPACE_DNS, f"account.{address}.{settings.hostname}")
    profile_id = uuid5(NAMESPACE_DNS, f"profile.{address}.{settings.hostname}")
    account = {
        "PayloadType": "com.apple.mail.managed",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{server}.mail.{account_id}",
        "PayloadUUID": str(account_id),
        "PayloadDisplayName": address,
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
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"{server}.mail.{profile_id}",
            "PayloadUUID": str(profile_id),
            "PayloadDisplayName": f"Mail: {address}",
            "PayloadDescription": f"Sets up the mail account {address} on {settings.hostname}.",
            "PayloadOrganization": settings.hostname,
            "PayloadContent": [account],
        }
    )
