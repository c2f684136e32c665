"""ClientSettings: what this server offers to mail programs. Every document that a program reads is made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Offer:
    """One open port: its protocol (``imap``, ``pop3``, ``smtp`` or ``sieve``), number, and ``TLS`` or ``STARTTLS``."""

    protocol: str
    port: int
    tls: str


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """The server's name, its offers with the best first, and the mail domains. The login is the whole address.

    With ``any_domain`` look-ups only know the domains; a name in DNS that leads here, autoconfig.DOMAIN, then shows
    that DOMAIN is one.
    """

    hostname: str
    offers: tuple[Offer, ...]
    domains: frozenset[str] = frozenset()
    any_domain: bool = False
    oauth2: bool = False

    def serves(self, domain: str, host: str) -> bool:
        """Whether ``domain`` is a mail domain, as far as a request to the name ``host`` can tell."""
        return domain in self.domains or (self.any_domain and host in names(domain))

    def page_host(self, domain: str) -> str:
        """The name at which the pages for accounts of ``domain`` answer."""
        return self.hostname if domain in self.domains else names(domain)[0]

    def of(self, *protocols: str) -> Iterator[Offer]:
        """The offers of ``protocols``, the best of the first protocol first."""
        return (offer for protocol in protocols for offer in self.offers if offer.protocol == protocol)

    def best(self, *protocols: str) -> Offer | None:
        """The best offer of the first of ``protocols`` that has any."""
        return next(self.of(*protocols), None)

    def dumped(self) -> str:
        """The text of load()."""
        values = {**asdict(self), "domains": sorted(self.domains)}
        return json.dumps(values, indent=1) + "\n"


def names(domain: str) -> tuple[str, str]:
    """The names at which mail programs ask for the settings of ``domain``: Thunderbird's and Outlook's."""
    return f"autoconfig.{domain}", f"autodiscover.{domain}"


def load(text: str) -> ClientSettings:
    """The ClientSettings of what dumped() wrote."""
    values = json.loads(text)
    offers = tuple(Offer(**offer) for offer in values["offers"])
    return ClientSettings(**{**values, "offers": offers, "domains": frozenset(values["domains"])})
