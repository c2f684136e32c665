"""watch: Mailwright itself, which applies changed files."""

from __future__ import annotations

from mailwright.services.declaration import Program, Service

WATCH = Service(
    name="watch",
    summary="applies changed files",
    start=120,
    files=lambda _mailserver, _etc: (),
    program=lambda _: Program("/usr/bin/python3 -m mailwright.programs.watch"),
)
