"""Rotation of a log: NAME.1 is the newest part, NAME.2.gz the one before it. No step loses a line or doubles one.

A rotation that ended between two steps is put right by the next call.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import zlib
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast

from mailwright.core.periods import Interval, is_over

CHUNK = 1 << 20
BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)  # a compressed part that is cut off or damaged
LONGEST = 100  # bytes in which a line's time must end


def began(path: Path) -> float | None:
    """The time of the log's first line; 0 if the line has none in our form, None without a line."""
    try:
        with opened(path) as file:
            first = file.read(LONGEST)
    except FileNotFoundError:
        return None
    except BROKEN:
        return 0.0
    if not first:
        return None
    try:
        return datetime.fromisoformat(first.split(b" ", 1)[0].decode("ascii")).timestamp()
    except ValueError:
        return 0.0


def opened(path: Path) -> BinaryIO:
    """The part's lines, compressed or not."""
    return cast(BinaryIO, gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def is_due(path: Path, interval: Interval, size: int, now: float) -> bool:
    """Whether the log began in an earlier period, or is too large. An empty log is never due, nor is a link."""
    if path.is_symlink():
        return False
    first = began(path)
    return first is not None and (is_over(interval, first, now) or 0 < size <= path.stat().st_size)


def swap(path: Path, reopen: Callable[[], None]) -> None:
    """``path`` is empty afterwards and its lines are in NAME.1, also those that its writer adds until it ``reopen``s.

    The next part is compressed and shifted only once ``path`` has lines again, and so its writer has reopened it.
    """
    make_room(path)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    _like(fresh, path)
    try:
        os.link(path, part(path, 1))  # the name is never missing: fail2ban reads it
    except OSError:  # a file system without hard links
        path.rename(part(path, 1))
    fresh.rename(path)
    reopen()


def copy_and_truncate(path: Path) -> None:
    """``path`` is empty afterwards and its lines are in NAME.1. Its writer notices nothing if it appends.

    A line that is written between both steps is lost.
    """
    make_room(path)
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    _like(fresh, path)
    with path.open("rb") as whole, fresh.open("r+b") as copy:
        shutil.copyfileobj(whole, copy, CHUNK)
    fresh.rename(part(path, 1))
    os.truncate(path, 0)


def settle(path: Path, reopen: Callable[[], None]) -> None:
    """What an interrupted rotation left is put right: the writer may still write to NAME.1."""
    newest = part(path, 1)
    if not newest.exists():
        return
    if not path.exists() or not path.stat().st_size:
        reopen()
    elif path.samefile(newest):
        newest.unlink()


def make_room(path: Path) -> None:
    """NAME.1 is free afterwards, and every other part is compressed."""
    numbers = _numbers(path)
    for number in numbers:
        if part(path, number).exists():
            with suppress(OSError):  # a full volume: the part stays as it is
                compress(part(path, number))
    free = next(number for number in range(1, len(numbers) + 2) if number not in numbers)
    for number in range(free - 1, 0, -1):
        for suffix in ("", ".gz"):
            with suppress(FileNotFoundError):
                part(path, number, suffix).rename(part(path, number + 1, suffix))


def compress(path: Path) -> None:
    """``path`` is a .gz afterwards, with the same owner, mode and time; it is replaced only by a whole one."""
    fresh = path.with_name(f".{path.name}.gz.new")
    try:
        fresh.unlink(missing_ok=True)
        _like(fresh, path)
        with path.open("rb") as source, fresh.open("r+b") as target:
            with gzip.GzipFile("", "wb", 6, target) as packed:
                shutil.copyfileobj(source, packed, CHUNK)
            target.flush()
            os.fsync(target.fileno())
        status = path.stat()
        os.utime(fresh, (status.st_atime, status.st_mtime))
        fresh.rename(path.with_name(f"{path.name}.gz"))
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    path.unlink()


def prune(path: Path, keep: int) -> None:
    """No more than ``keep`` rotated parts are left: the newest."""
    for number in _numbers(path):
        if number > keep:
            for suffix in ("", ".gz"):
                part(path, number, suffix).unlink(missing_ok=True)


def parts(path: Path) -> list[Path]:
    """The files of the log, the oldest first, each once."""
    rotated = (
        next(one for one in (part(path, number, ".gz"), part(path, number)) if one.exists())
        for number in reversed(_numbers(path))
    )
    found = [*rotated, *([path] if path.exists() else [])]
    return [one for index, one in enumerate(found) if not any(one.samefile(other) for other in found[index + 1 :])]


def part(path: Path, number: int, suffix: str = "") -> Path:
    """The name of a rotated part."""
    return path.with_name(f"{path.name}.{number}{suffix}")


def _numbers(path: Path) -> list[int]:
    """The numbers of the rotated parts, in order."""
    name = re.compile(rf"{re.escape(path.name)}\.([1-9][0-9]{{0,5}})(?:\.gz)?")
    matches = map(name.fullmatch, os.listdir(path.parent) if path.parent.is_dir() else ())  # noqa: PTH208
    return sorted({int(match[1]) for match in matches if match})


def _like(fresh: Path, path: Path) -> None:
    """``fresh`` is a new, empty file with the owner and the mode of ``path``."""
    status = path.stat()
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        os.fchown(handle, status.st_uid, status.st_gid)
        os.fchmod(handle, status.st_mode & 0o7777)
    finally:
        os.close(handle)
