"""mta-sts: tells Postfix which domains demand TLS with a valid certificate."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, User, socket_folder
from mailwright.services.template import rendered
from mailwright.settings import Settings


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """The daemon's configuration."""
    text = rendered("mta-sts/mta-sts-daemon.yml.j2", mailserver, etc)
    yield File("mta-sts/mta-sts-daemon.yml", text, "mta-sts", effect=Effect.RESTART)


def state(settings: Settings, sockets: Sockets) -> Iterator[Folder]:
    """The policies of other domains, and the folder of the socket."""
    if settings.enable_mta_sts:
        yield Folder(paths.MTA_STS_STATE, "_mta-sts:_mta-sts", 0o750, whole=True)
        yield from socket_folder(sockets.mta_sts, "_mta-sts:postfix")


MTA_STS = Service(
    name="mta-sts",
    summary="knows the TLS policies of other domains (MTA-STS)",
    start=90,
    enabled=lambda mailserver: mailserver.role.mta and mailserver.settings.enable_mta_sts,
    files=files,
    program=lambda _: Program("/usr/bin/mta-sts-daemon -v warn -c /etc/mta-sts/mta-sts-daemon.yml", user="_mta-sts"),
    state=state,
    etc=("mta-sts",),
    packages=("postfix-mta-sts-resolver",),
    users=(User("_mta-sts", 110),),
)
