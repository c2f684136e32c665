"""auth-relay: passes submission's logins on to Dovecot, if other servers check them or there are app passwords."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import sockets
from mailwright.core.endpoints import Sockets, Unix
from mailwright.core.tree import Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, socket_folder
from mailwright.settings import Settings

SECONDS = 4.5  # then Postfix answers a login within 5
# A wrong password may be answered late twice: by the other server, and by Dovecot here (auth_failure_delay).
SECONDS_OF_RIMAP = 9.0


def program(mailserver: Mailserver) -> Program:
    """Runs as Postfix's user, who alone may ask Dovecot."""
    command = f"/usr/bin/python3 -m mailwright.programs.auth_relay {sockets.AUTH_RELAY}"
    seconds = SECONDS_OF_RIMAP if mailserver.rimap else SECONDS
    return Program(f"{command} {mailserver.sockets.auth} {seconds}", user="postfix")


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
