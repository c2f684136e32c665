"""auth-relay: passes submission's logins on to Dovecot, if other servers check them or there are app passwords."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import sockets
from mailwright.core.endpoints import Sockets, Unix
from mailwright.core.tree import Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, socket_folder
from mailwright.settings import Settings


def program(mailserver: Mailserver) -> Program:
    """Runs as Postfix's user, who alone may ask Dovecot."""
    command = f"/usr/bin/python3 -m mailwright.programs.auth_relay {sockets.AUTH_RELAY}"
    return Program(f"{command} {mailserver.sockets.auth}", user="postfix")


def state(settings: Settings, _: Sockets) -> Iterator[Folder]:
    """The folder of its socket."""
    if not settings.smtp_only:
        yield from socket_folder(Unix(sockets.AUTH_RELAY), "postfix:postfix")


AUTH_RELAY = Service(
    name="auth-relay",
    summary="passes logins of submission on to Dovecot",
    start=95,
    enabled=lambda mailserver: mailserver.relays_logins,
    files=lambda _mailserver, _etc: (),
    program=program,
    state=state,
)
