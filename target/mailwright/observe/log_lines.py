"""The lines of mail.log and its rotated parts that were written in a time. A log of any size needs no memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from mailwright.core import paths
from mailwright.host import rotation

LOG = Path(paths.LOG, "mail.log")
LONGEST = 1 << 16  # bytes; rsyslog writes no longer line


def lines(since: float = 0.0, until: float = math.inf, log: Path = LOG) -> Iterator[str]:
    """Each line of ``since`` to before ``until`` (seconds since the epoch), in the order of the files."""
    with ExitStack() as stack:
        for file in _opened(stack, log, since):
            yield from _of_time(file, since, until)


def _opened(stack: ExitStack, log: Path, since: float) -> list[BinaryIO]:
    """The parts that reach into the time. All are open before one is read: a rotation renames them."""
    for attempt in range(5):
        try:
            return [stack.enter_context(rotation.opened(path)) for path in _reaching(rotation.parts(log), since)]
        except FileNotFoundError:
            if attempt == 4:
                raise
    return []


def _reaching(parts: list[Path], since: float) -> list[Path]:
    """The newest of ``parts``, and each before one that began after ``since``."""
    begun = [*(rotation.began(part) for part in parts[1:]), None]
    return [part for part, after in zip(parts, begun, strict=False) if not after or after > since]


def _of_time(file: BinaryIO, since: float, until: float) -> Iterator[str]:
    while line := _line(file):
        text = line.decode("utf-8", "replace")
        try:
            when = datetime.fromisoformat(text.split(" ", 1)[0]).timestamp()
        except ValueError:
            continue  # another form, or the rest of too long a line
        if since <= when < until:
            yield text


def _line(file: BinaryIO) -> bytes:
    """The next line; empty at the end, also of a part that was cut off."""
    try:
        return file.readline(LONGEST)
    except rotation.BROKEN:
        return b""
