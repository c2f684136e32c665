"""Outlook's autodiscover: the request and the answers in XML (MS-OXDSCLI, "POX"), and the answer in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import escape, unescape

from mailwright.core.client_settings import ClientSettings, Offer

ANSWER = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"
OUTLOOK = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a"
MOST = 8192  # bytes of a request
# No XML parser reads what strangers send: of a request only these two texts count, and each is checked by itself.
ADDRESS = re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?EMailAddress>\s*([!-;=?-~]{3,320})\s*</", re.ASCII)
SCHEMA = re.compile(rb"<(?:[A-Za-z0-9]{1,20}:)?AcceptableResponseSchema>\s*([!-;=?-~]{1,200})\s*</", re.ASCII)
TYPES = {"imap": "IMAP", "pop3": "POP3", "smtp": "SMTP"}
ENCRYPTIONS = {"TLS": "SSL", "STARTTLS": "TLS"}
INVALID, NO_PROVIDER = 600, 601  # error codes of Exchange


def request(body: bytes) -> tuple[str, bool]:
    """The address in a request of at most MOST bytes, and whether its sender understands Outlook's answer.

    The address is empty if there is not exactly one.
    """
    addresses, schemas = ADDRESS.findall(body), SCHEMA.findall(body)
    address = unescape(addresses[0].decode("ascii")) if len(addresses) == 1 and len(body) <= MOST else ""
    return address, not schemas or _is_outlook(schemas)


def _is_outlook(schemas: list[bytes]) -> bool:
    # Some programs ask for the same name with https://.
    return any(schema.partition(b"://")[2].decode("ascii") == OUTLOOK.partition("://")[2] for schema in schemas)


def settings_answer(settings: ClientSettings, address: str) -> str:
    """The settings of the account ``address``."""
    login = escape(address)
    return _document(
        f'  <Response xmlns="{OUTLOOK}">',
        f"    <User><DisplayName>{login}</DisplayName></User>",
        "    <Account>",
        "      <AccountType>email</AccountType>",
        "      <Action>settings</Action>",
        *(line for offer in settings.of("imap", "pop3", "smtp") for line in _protocol(settings, offer, login)),
        "    </Account>",
        "  </Response>",
    )


def _protocol(settings: ClientSettings, offer: Offer, login: str) -> Iterator[str]:
    yield "      <Protocol>"
    yield f"        <Type>{TYPES[offer.protocol]}</Type>"
    yield f"        <Server>{escape(settings.hostname)}</Server>"
    yield f"        <Port>{offer.port}</Port>"
    yield "        <DomainRequired>off</DomainRequired>"
    yield f"        <LoginName>{login}</LoginName>"
    yield "        <SPA>off</SPA>"
    # Encryption wins over SSL where a program knows both: SSL is TLS from the first byte, TLS is STARTTLS.
    yield "        <SSL>on</SSL>"
    yield f"        <Encryption>{ENCRYPTIONS[offer.tls]}</Encryption>"
    yield "        <AuthRequired>on</AuthRequired>"
    if offer.protocol == "smtp":
        yield "        <UsePOPAuth>on</UsePOPAuth>"
        yield "        <SMTPLast>off</SMTPLast>"
    yield "      </Protocol>"


def error_answer(code: int, message: str) -> str:
    """The answer to a request that names no address, or asks for what only Exchange has."""
    error = f"<ErrorCode>{code}</ErrorCode><Message>{escape(message)}</Message><DebugData/>"
    return _document("  <Response>", f"    <Error>{error}</Error>", "  </Response>")


def _document(*lines: str) -> str:
    opening = ('<?xml version="1.0" encoding="utf-8"?>', f'<Autodiscover xmlns="{ANSWER}">')
    return "\n".join((*opening, *lines, "</Autodiscover>", ""))


def json_answer(hostname: str) -> str:
    """Where the answers in XML are (Protocol=Autodiscoverv1)."""
    return json.dumps({"Protocol": "AutodiscoverV1", "Url": f"https://{hostname}/autodiscover/autodiscover.xml"})


def json_error() -> str:
    """The answer to a request for another protocol, which repeats none of its text."""
    what = "The given protocol value is invalid. Supported values are 'AutodiscoverV1'."
    return json.dumps({"ErrorCode": "InvalidProtocol", "ErrorMessage": what})
