"""mta-sts: tells Postfix which domains demand TLS with a good certificate."""

from __future__ import annotations

from collections.abc import Iterator

from mailwright.core import paths, sockets
from mailwright.core.tree import Effect, File
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service
from mailwright.templating.templates import Templates


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """The daemon's configuration."""
    text = Templates(mailserver.templates).render("mta-sts/mta-sts-daemon.yml.j2", paths=paths, sockets=sockets)
    yield File("mta-sts/mta-sts-daemon.yml", text, "mta-sts", effect=Effect.RESTART)


MTA_STS = Service(
    name="mta-sts",
    summary="knows the TLS policies of other domains (MTA-STS)",
    enabled=lambda mailserver: mailserver.settings.enable_mta_sts,
    files=files,
    program=lambda _: Program("/usr/bin/mta-sts-daemon -v warn -c /etc/mta-sts/mta-sts-daemon.yml", user="_mta-sts"),
)
