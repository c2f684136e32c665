"""watch: Mailwright itself, which applies changed files, rotates the logs and mails reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from mailwright.core import paths
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Program, Service
from mailwright.settings import Settings


def files(mailserver: Mailserver, _etc: str) -> Iterator[File]:
    """What programs.timetable does, and when."""
    settings = mailserver.settings
    rotation = {
        "interval": settings.logrotate_interval,
        "count": settings.logrotate_count,
        "size": settings.logrotate_size,
    }
    plan = {
        "hostname": mailserver.hostname,
        "rotation": rotation,
        "reports": [asdict(report) for report in mailserver.reports],
    }
    yield File(paths.TIMETABLE, json.dumps(plan, indent=1) + "\n", "watch", effect=Effect.NOTHING)


def state(_settings: Settings, _sockets: Sockets) -> Iterator[Folder]:
    """Until when the last reports reach."""
    yield Folder(paths.REPORTS_STATE, "root:root", 0o750)


WATCH = Service(
    name="watch",
    summary="applies changed files, rotates logs, mails reports",
    start=120,
    files=files,
    program=lambda _: Program("/usr/bin/python3 -m mailwright.programs.watch"),
    state=state,
    etc=("watch",),
)
