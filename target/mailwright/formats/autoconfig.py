"""config-v1.1.xml, which Thunderbird, K-9, KMail, Evolution and others read (draft-ietf-mailmaint-autoconfig)."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from mailwright.core.client_settings import ClientSettings, Offer

TYPES = {"imap": "imap", "pop3": "pop3", "smtp": "smtp"}
SOCKETS = {"TLS": "SSL", "STARTTLS": "STARTTLS"}
# The program puts the address in, so no text of the request is in the answer.
LOGIN = "%EMAILADDRESS%"


def document(settings: ClientSettings, domain: str) -> str:
    """The settings of every account of ``domain``."""
    name = escape(domain)
    return "\n".join(
        (
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<clientConfig version="1.1">',
            f'  <emailProvider id="{name}">',
            f"    <domain>{name}</domain>",
            f"    <displayName>{name}</displayName>",
            f"    <displayShortName>{name}</displayShortName>",
            *(line for offer in settings.of("imap", "pop3") for line in _server("incomingServer", settings, offer)),
            *(line for offer in settings.of("smtp") for line in _server("outgoingServer", settings, offer)),
            "  </emailProvider>",
            "</clientConfig>",
            "",
        )
    )


def _server(element: str, settings: ClientSettings, offer: Offer) -> Iterator[str]:
    yield f'    <{element} type="{TYPES[offer.protocol]}">'
    yield f"      <hostname>{escape(settings.hostname)}</hostname>"
    yield f"      <port>{offer.port}</port>"
    yield f"      <socketType>{SOCKETS[offer.tls]}</socketType>"
    yield f"      <username>{LOGIN}</username>"
    # A program takes the first that it can. Thunderbird passes OAuth2 over if it does not know the identity provider.
    if settings.oauth2:
        yield "      <authentication>OAuth2</authentication>"
    yield "      <authentication>password-cleartext</authentication>"
    yield f"    </{element}>"
