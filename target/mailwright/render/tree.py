"""render(): Mailserver → Tree, every file that every daemon reads, supervisord's own included."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths, sockets
from mailwright.core.tree import Effect, File, Tree
from mailwright.model.mailserver import Mailserver
from mailwright.services import SERVICES
from mailwright.services.declaration import Service
from mailwright.templating.templates import Templates

SUPERVISORD = "supervisor/supervisord.conf"


def enabled(mailserver: Mailserver) -> tuple[Service, ...]:
    """The services that this server runs, in the order of their start."""
    return tuple(service for service in SERVICES if service.enabled(mailserver))


def render(mailserver: Mailserver, etc: str = "/etc") -> Tree:
    """The Tree of ``mailserver``, its files referring to one another below ``etc``."""
    return Tree.of(_files(mailserver, etc))


def _files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    services = enabled(mailserver)
    for service in services:
        yield from service.files(mailserver, etc)
    readers = tuple(it.name for it in services if any(port.tls != "-" for port in it.ports))
    for prefix, pair in zip(mailserver.certificate_prefixes, mailserver.certificates, strict=True):
        yield File(f"dms/tls/{prefix}cert", pair.chain, "certificates", readers=readers)
        yield File(f"dms/tls/{prefix}key", pair.key, "certificates", mode=0o600, secret=True, readers=readers)
    yield _supervisord(mailserver, services)
    yield File(paths.PROBES, _probes(mailserver, services), "supervisor", effect=Effect.NOTHING)


def _supervisord(mailserver: Mailserver, services: tuple[Service, ...]) -> File:
    text = Templates(mailserver.templates).render(
        "supervisor/supervisord.conf.j2",
        settings=mailserver.settings,
        paths=paths,
        sockets=sockets,
        # Numbered as if all were on: whether one runs changes nothing about another.
        programs=[(it, it.program(mailserver), (SERVICES.index(it) + 1) * 10) for it in services],
    )
    return File(SUPERVISORD, text, "supervisor", effect=Effect.RESTART)


def _probes(mailserver: Mailserver, services: tuple[Service, ...]) -> str:
    """What the health check asks: one open port a line."""
    hosts = {
        "postfix": mailserver.settings.postfix_inet_protocols,
        "dovecot": mailserver.settings.dovecot_inet_protocols,
    }
    return "".join(
        f"{service.name} {port.name} {'::1' if hosts[service.name] == 'ipv6' else '127.0.0.1'} {port.number} "
        f"{'tls' if port.tls == 'TLS' else 'plain'} {port.greeting.strip()}\n"
        for service in services
        for port in service.ports
        if port.enabled(mailserver) and port.greeting
    )
