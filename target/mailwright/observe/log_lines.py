"""The lines of mail.log and its rotated parts that were written in a time. A log of any size needs no memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from mailwright.core import paths
from mailwright.host import rotation

LOG = Path(paths.LOG, "mail.log")
LONGEST = 1 << 16  # bytes; rsyslog writes no longer line


def lines(since: float, until: float, log: Path = LOG) -> Iterator[str]:
    """Each line of ``since`` to before ``until`` (seconds since the epoch), in the order of the files."""
    with ExitStack() as stack:
        for file in _opened(stack, log, since):
            yield from _of_time(file, since, until)


def _opened(stack: ExitStack, log: Path, since: float) -> list[BinaryIO]:
    """The parts that reach into the time. All are open before one is read: a rotation renames them."""
    for attempt in range(5):
        try:
            return [stack.enter_context(_open(path)) for path in rotation.parts(log) if path.stat().st_mtime >= since]
        except FileNotFoundError:
            if attempt == 4:
                raise
    return []


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _of_time(file: BinaryIO, since: float, until: float) -> Iterator[str]:
    while line := file.readline(LONGEST):
        text = line.decode("utf-8", "replace")
        try:
            when = datetime.fromisoformat(text.split(" ", 1)[0]).timestamp()
        except ValueError:
            continue  # another form, or the rest of too long a line
        if since <= when < until:
            yield text
