"""render(): Mailserver → Tree, every file that every daemon reads, supervisord's own included."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailwright.core.tree import File, Tree
from mailwright.model.mailserver import Mailserver
from mailwright.render import client_settings, supervisord
from mailwright.services import SERVICES
from mailwright.services.declaration import Service


def enabled(mailserver: Mailserver, services: Iterable[Service] = SERVICES) -> tuple[Service, ...]:
    """The services that this server runs, in the order of their start."""
    running = (service for service in services if service.enabled(mailserver))
    return tuple(sorted(running, key=lambda service: service.start))


def render(mailserver: Mailserver, etc: str = "/etc", services: Iterable[Service] = SERVICES) -> Tree:
    """The Tree of ``mailserver``, its files referring to one another below ``etc``."""
    return Tree.of(_files(mailserver, etc, enabled(mailserver, services)))


def _files(mailserver: Mailserver, etc: str, services: tuple[Service, ...]) -> Iterator[File]:
    for service in services:
        yield from service.files(mailserver, etc)
    readers = tuple(service.name for service in services if any(port.tls != "-" for port in service.ports))
    for prefix, pair in zip(mailserver.certificate_prefixes, mailserver.certificates, strict=True):
        yield File(f"dms/tls/{prefix}cert", pair.chain, "certificates", readers=readers)
        yield File(f"dms/tls/{prefix}key", pair.key, "certificates", mode=0o600, secret=True, readers=readers)
    for one in mailserver.sni:
        yield File(f"dms/tls/sni/{one.name}.cert", one.certificate.chain, "certificates", readers=readers)
        key = one.certificate.key
        yield File(f"dms/tls/sni/{one.name}.key", key, "certificates", mode=0o600, secret=True, readers=readers)
    yield from client_settings.files(mailserver, services)
    yield from supervisord.files(mailserver, services)
