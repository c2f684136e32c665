"""ClamAV: looks for viruses, asked by Rspamd; freshclam keeps its signatures fresh."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths, sockets
from mailwright.core.tree import Effect, File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service
from mailwright.templating.templates import Templates


def has_clamav(mailserver: Mailserver) -> bool:
    """Whether mail is looked through for viruses."""
    return mailserver.settings.enable_clamav and mailserver.settings.enable_rspamd


def _file(mailserver: Mailserver, name: str, service: str) -> Iterator[File]:
    text = Templates(mailserver.templates).render(
        f"clamav/{name}.j2", settings=mailserver.settings, paths=paths, sockets=sockets
    )
    yield File(f"clamav/{name}", text, service, effect=Effect.RESTART)


FRESHCLAM = Service(
    name="freshclam",
    summary="fetches virus signatures",
    enabled=has_clamav,
    files=lambda mailserver, _etc: _file(mailserver, "freshclam.conf", "freshclam"),
    program=lambda _: Program(
        "/usr/bin/freshclam -d --quiet --no-warnings --config-file=/etc/clamav/freshclam.conf", user="clamav"
    ),
)
CLAMAV = Service(
    name="clamav",
    summary="looks for viruses",
    enabled=has_clamav,
    files=lambda mailserver, _etc: _file(mailserver, "clamd.conf", "clamav"),
    # Without any signature clamd ends at once; it waits for the first ones.
    program=lambda _: Program("/usr/lib/mailwright/clamd-foreground", stopwait=10, user="clamav"),
)
