"""ClamAV: scans mail for viruses when Rspamd asks; freshclam updates its signatures."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service, User, socket_folder
from mailwright.services.template import rendered
from mailwright.settings import Settings


def has_clamav(mailserver: Mailserver) -> bool:
    """Whether mail is scanned for viruses."""
    return mailserver.has_rspamd and mailserver.settings.enable_clamav


def _file(mailserver: Mailserver, name: str, service: str) -> Iterator[File]:
    yield File(f"clamav/{name}", rendered(f"clamav/{name}.j2", mailserver), service, effect=Effect.RESTART)


def state(settings: Settings, sockets: Sockets) -> Iterator[Folder]:
    """The signatures, and the folder of the socket."""
    if settings.enable_clamav and settings.enable_rspamd:
        yield Folder(paths.CLAMAV_STATE, "clamav:clamav", 0o755, whole=True)
        yield from socket_folder(sockets.clamd, "clamav:_rspamd")


FRESHCLAM = Service(
    name="freshclam",
    summary="fetches virus signatures",
    start=50,
    enabled=has_clamav,
    files=lambda mailserver, _etc: _file(mailserver, "freshclam.conf", "freshclam"),
    program=lambda _: Program(
        "/usr/bin/freshclam -d --quiet --no-warnings --config-file=/etc/clamav/freshclam.conf",
        user="clamav",
        gives_way=500,
    ),
    etc=("clamav",),
    packages=("clamav-freshclam",),
)
CLAMAV = Service(
    name="clamav",
    summary="scans mail for viruses",
    start=60,
    enabled=has_clamav,
    files=lambda mailserver, _etc: _file(mailserver, "clamd.conf", "clamav"),
    # The script waits for the first signatures: without any, clamd ends at once.
    program=lambda _: Program("/usr/lib/mailwright/clamd-foreground", stopwait=10, user="clamav", gives_way=500),
    state=state,
    etc=("clamav",),
    packages=("clamav-daemon",),
    users=(User("clamav", 107),),
    memory=1400,
)
