"""The log's lines since the last look, in a bounded number, across its rotation and a truncation."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from mailwright.host import rotation

MOST, SECONDS = 4 << 20, 0.5  # bytes and time of one look; the next one goes on
CHUNK = 1 << 18
LONGEST = 1 << 16  # bytes of a line; rsyslog writes no longer one
HEAD = 64  # bytes by which a file is known again; they have the time of its first line in microseconds


@dataclass
class Position:
    """How far a file was read, and which one it was: a rotation gives it another name, and another file its inode."""

    inode: int = 0
    offset: int = 0
    head: str = ""

    def is_in(self, file: BinaryIO) -> bool:
        """Whether ``file`` is the one that was read, and has not been cut since."""
        status = os.fstat(file.fileno())
        if status.st_ino != self.inode or status.st_size < self.offset:
            return False
        return _head(file)[: len(self.head)] == self.head


class Follower:
    """Reads a log on from ``position``, which is that of the last whole line afterwards."""

    def __init__(self, log: Path, position: Position | None, since: float) -> None:
        """Without a position, from the first line of ``since`` on, in seconds since the epoch."""
        self.log, self.position, self.since = log, position, since
        self.unread = 0

    def lines(self) -> Iterator[str]:
        """The lines that are new, MOST bytes of them at most; ``unread`` is what is left."""
        with ExitStack() as stack:
            current = _opened(stack, self.log)
            if current is None:
                return
            begin, left = Position(os.fstat(current.fileno()).st_ino), MOST
            if self.position is None:
                begin.offset = first_of(current, self.since)
            elif self.position.is_in(current):
                begin = self.position
            elif old := self._rotated(stack, self.position):
                left -= yield from _read(old, self.position, left)
                self.unread = _size(old) - self.position.offset
                # Its writer may not have opened the new one yet. A line that then still has no end never gets one.
                if _has_line(old, self.position.offset) or not _size(current):
                    return
            self.position = begin
            yield from _read(current, begin, left)
            self.unread = _size(current) - begin.offset

    def _rotated(self, stack: ExitStack, position: Position) -> BinaryIO | None:
        """The newest rotated part if that is what was read last."""
        old = _opened(stack, rotation.part(self.log, 1))
        return old if old is not None and position.is_in(old) else None


def _read(file: BinaryIO, position: Position, most: int) -> Generator[str, None, int]:
    """The whole lines of ``most`` bytes, from ``position``, which moves; returns how many bytes they had."""
    begin, rest = position.offset, b""
    file.seek(begin)
    deadline = time.monotonic() + SECONDS
    while (left := most - (position.offset - begin)) > 0 and (chunk := file.read(min(CHUNK, left))):
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > LONGEST:  # no line of rsyslog's
            rest = b""
        position.offset = file.tell() - len(rest)
        for line in whole:
            yield line.decode("utf-8", "replace")
        if time.monotonic() > deadline:
            break
    position.head = _head(file)[: 2 * position.offset]
    return position.offset - begin


def _has_line(file: BinaryIO, offset: int) -> bool:
    """Whether a whole line begins at ``offset``, or one that is too long."""
    begin = os.pread(file.fileno(), LONGEST, offset)
    return b"\n" in begin or len(begin) == LONGEST


def first_of(file: BinaryIO, since: float) -> int:
    """The offset of the first line of ``since`` or later, found by halving the file. Its lines are in order."""
    low, high = 0, _size(file)
    while high - low > 1:
        middle = (low + high) // 2
        when = _time_after(file, middle)
        low, high = (middle, high) if when is not None and when < since else (low, middle)
    return _line_at(file, low, since)


def _line_at(file: BinaryIO, low: int, since: float) -> int:
    """The begin of the first line that begins at ``low`` or later and is of ``since`` or later."""
    file.seek(low)
    if low:
        file.readline(LONGEST)
    while line := file.readline(LONGEST):
        when = _time(line)
        if when is None or when >= since:
            return file.tell() - len(line)
    return file.tell()


def _time_after(file: BinaryIO, offset: int) -> float | None:
    """The time of the first line with one that begins after ``offset``; None without any."""
    file.seek(offset)
    file.readline(LONGEST)
    for _ in range(100):
        if not (line := file.readline(LONGEST)):
            return None
        if (when := _time(line)) is not None:
            return when
    return None


def _time(line: bytes) -> float | None:
    try:
        return datetime.fromisoformat(line.split(b" ", 1)[0].decode("ascii")).timestamp()
    except ValueError:
        return None


def _opened(stack: ExitStack, path: Path) -> BinaryIO | None:
    """The file, or None if it is missing or no plain file: a link may lead to the terminal."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    file = stack.enter_context(os.fdopen(handle, "rb"))
    return file if stat.S_ISREG(os.fstat(handle).st_mode) else None


def _size(file: BinaryIO) -> int:
    return os.fstat(file.fileno()).st_size


def _head(file: BinaryIO) -> str:
    return os.pread(file.fileno(), HEAD, 0).hex()
