"""servers(): nginx's server blocks. Names of one role that have one certificate share a block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailwright.formats.certificates import covers
from mailwright.model.mailserver import Mailserver
from mailwright.model.sni import NamedCertificate
from mailwright.model.web import OF_DOMAINS, Role, Site
from mailwright.services.web.route import Application, Document, Files, Route

DOMAIN = "[a-z0-9-]+(?:\\.[a-z0-9-]+)+"


@dataclass(frozen=True, slots=True)
class Server:
    """A server block: its names as server_name has them, files of certificates and keys, and what it answers."""

    names: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    routes: tuple[Route, ...]
    is_default: bool = False

    def kind(self, route: Route) -> str:
        """``document``, ``files`` or ``application``."""
        return {Document: "document", Files: "files", Application: "application"}[type(route.answer)]


def servers(mailserver: Mailserver, answered: Iterable[Route], etc: str) -> tuple[Server, ...]:
    """Every server block, that for names that are not ours first."""
    routes = tuple(answered)
    own = tuple(
        (f"{etc}/dms/tls/{prefix}cert", f"{etc}/dms/tls/{prefix}key") for prefix in mailserver.certificate_prefixes
    )
    named = {
        one.name: ((f"{etc}/dms/tls/sni/{one.name}.cert", f"{etc}/dms/tls/sni/{one.name}.key"),)
        for one in mailserver.sni
    }
    blocks: dict[tuple[Role, str], list[str]] = {}
    for site in _sites(mailserver):
        blocks.setdefault((site.role, certificate(site.name, mailserver.sni)), []).append(site.name)
    if mailserver.web and mailserver.web.any_domain:
        for role in OF_DOMAINS:
            blocks.setdefault((role, ""), []).append(f'"~^{role}\\.{DOMAIN}$"')
    return (
        Server((), own, tuple(route for route in routes if not route.roles), is_default=True),
        *(
            Server(
                tuple(names),
                named.get(owner, own),
                tuple(route for route in routes if not route.roles or role in route.roles),
            )
            for (role, owner), names in blocks.items()
        ),
    )


def _sites(mailserver: Mailserver) -> Iterator[Site]:
    """The sites; where the domains are not known, also the names for them in the certificates of SSL_SNI_DOMAINS."""
    web = mailserver.web
    if not web:
        return
    yield from web.sites
    known = {site.name for site in web.sites}
    for asked in sorted({name for one in mailserver.sni for name in one.answers}) if web.any_domain else ():
        for role in OF_DOMAINS:
            name = f"{role}{asked[1:]}" if asked.startswith("*.") else asked
            if name.startswith(f"{role}.") and name not in known:
                known.add(name)
                yield Site(name, role, name.partition(".")[2])


def certificate(name: str, named: Iterable[NamedCertificate]) -> str:
    """The name in SSL_SNI_DOMAINS whose certificate is for ``name``, exactly or else by a wildcard; or empty."""
    exact = (one.name for one in named if name in one.answers)
    return next(exact, "") or next((one.name for one in named if covers(one.answers, name)), "")
