"""auth-relay: stands between Postfix and Dovecot's SASL server if logins are checked on other servers."""

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
    if not settings.accounts_in_files or settings.enable_oauth2:
        yield from socket_folder(Unix(sockets.AUTH_RELAY), "postfix:postfix")


AUTH_RELAY = Service(
    name="auth-relay",
    summary="tells Postfix that a login cannot be checked now",
    start=95,
    enabled=lambda mailserver: mailserver.asks_others,
    files=lambda _mailserver, _etc: (),
    program=program,
    state=state,
)
