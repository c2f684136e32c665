"""What supervisord runs, and what the health check asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mailwright.core import paths, sockets
from mailwright.core.tree import Effect, File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service
from mailwright.services.template import rendered

LATER = "|421"  # as a front greets while all filters are away: no reason to end it
SUPERVISORD = "supervisor/supervisord.conf"


@dataclass(frozen=True, slots=True)
class Supervisor:
    """What supervisord's template lays out: its own socket, and each service with its program."""

    programs: tuple[tuple[Service, Program], ...]
    socket: str = sockets.SUPERVISOR
    username: str = sockets.SUPERVISOR_USER
    password: str = sockets.SUPERVISOR_PASSWORD


def files(mailserver: Mailserver, services: Iterable[Service]) -> Iterator[File]:
    """supervisord.conf, and the probes and dialogues of ``services``, all of which this server runs."""
    services = tuple(services)
    supervisor = Supervisor(tuple((service, service.program(mailserver)) for service in services))
    text = rendered("supervisor/supervisord.conf.j2", mailserver, supervisor=supervisor)
    yield File(SUPERVISORD, text, "supervisor", effect=Effect.RESTART)
    yield File(paths.PROBES, probes(mailserver, services), "supervisor", effect=Effect.NOTHING)
    yield File(paths.DIALOGUES, dialogues(mailserver, services), "supervisor", effect=Effect.NOTHING)


def probes(mailserver: Mailserver, services: Iterable[Service]) -> str:
    """What the health check connects to: one open port with a greeting a line."""
    return "".join(
        f"{service.name} {port.name} {port.local_address(mailserver)} {port.number} "
        f"{port.security(mailserver)} {port.greeting.strip()}{LATER if mailserver.cluster else ''}\n"
        for service in services
        for port in service.ports
        if port.enabled(mailserver) and port.greeting
    )


def dialogues(mailserver: Mailserver, services: Iterable[Service]) -> str:
    """What the health check does with each daemon, one dialogue a line."""
    return "".join(
        f"{service.name} {each.kind} {each.address} {each.security} {each.argument}\n"
        for service in services
        for each in service.dialogues(mailserver)
    )
