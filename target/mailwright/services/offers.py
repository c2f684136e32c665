"""Offers: the open ports that mail programs use, the best first; documents and SRV records are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mailwright.core.client_settings import ClientSettings, Offer
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Port

PROTOCOLS: Mapping[str, str] = {
    "imaps": "imap",
    "imap": "imap",
    "pop3s": "pop3",
    "pop3": "pop3",
    "submissions": "smtp",
    "submission": "smtp",
    "managesieve": "sieve",
}


def client_settings(mailserver: Mailserver, ports: Iterable[Port]) -> ClientSettings:
    """What the open ones of ``ports`` offer to mail programs, and for which domains.

    TLS from the first byte is better than STARTTLS (RFC 8314, section 3). Nobody can log in without Dovecot.
    """
    known = {port.name: port for port in ports if port.name in PROTOCOLS and port.enabled(mailserver)}
    names = () if mailserver.settings.smtp_only else tuple(name for name in PROTOCOLS if name in known)
    web = mailserver.web
    return ClientSettings(
        hostname=mailserver.hostname,
        offers=tuple(Offer(PROTOCOLS[name], known[name].number, known[name].tls) for name in names),
        domains=frozenset(web.domains if web else ()),
        any_domain=bool(web and web.any_domain),
        oauth2=mailserver.oauth2 is not None,
    )
