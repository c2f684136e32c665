"""What is asked of the machine: queue, volumes, clock, the programs' states, the CAs that others know."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509

from mailwright.core import paths

POSTQUEUE = "/usr/sbin/postqueue"
STA_UNSYNC, STATUS_OFFSET = 0x40, 40  # adjtimex(2), struct timex on 64 bits


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail in the queue: when it came (seconds since the epoch), and why it is still there."""

    arrived: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """What is free of a file system. One without inodes of its own counts none (``files`` is 0)."""

    free: int
    total: int
    files_free: int = 0
    files: int = 0


def queue() -> list[Waiting] | str:
    """The mails in the queue (postqueue(1), -j), or why they can't be told."""
    if not shutil.which(POSTQUEUE):
        return "Postfix is not here"
    try:
        done = subprocess.run(  # noqa: S603
            (POSTQUEUE, "-j"), capture_output=True, text=True, errors="replace", check=False, timeout=30
        )
    except subprocess.TimeoutExpired:
        return "postqueue did not end within 30 s"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "postqueue failed"
    return [_waiting(json.loads(line)) for line in done.stdout.splitlines()]


def _waiting(mail: dict[str, object]) -> Waiting:
    recipients = mail.get("recipients")
    reasons = [it.get("delay_reason", "") for it in recipients] if isinstance(recipients, list) else []
    return Waiting(float(str(mail["arrival_time"])), next(filter(None, reasons), ""))


def volume(path: str) -> Volume | str:
    """What is free at ``path``, or why it can't be told. What only root may use is not free: mail is another user's."""
    try:
        status = os.statvfs(path)
    except OSError as error:
        return (error.strerror or "error").lower()
    unit = status.f_frsize
    return Volume(status.f_bavail * unit, status.f_blocks * unit, status.f_favail, status.f_files)


def volumes() -> dict[str, Volume | str]:
    """The volumes of mail, state and logs; those that share a file system are told once."""
    found: dict[tuple[int, int] | str, tuple[str, Volume | str]] = {}
    for path in (paths.MAIL, paths.STATE, paths.LOG):
        seen = volume(path)
        key = path if isinstance(seen, str) else (Path(path).stat().st_dev, seen.total)
        found.setdefault(key, (path, seen))
    return dict(found.values())


def clock_is_kept() -> bool | None:
    """Whether something keeps the kernel's clock right; None when it does not say (adjtimex(2))."""
    if struct.calcsize("l") != 8:
        return None
    timex = ctypes.create_string_buffer(256)
    try:
        state = ctypes.CDLL(None).adjtimex(timex)
    except (AttributeError, OSError):
        return None
    status: int = struct.unpack_from("i", timex, STATUS_OFFSET)[0]
    return None if state < 0 else not status & STA_UNSYNC


def built() -> datetime:
    """When this code came into the image."""
    return datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)


@cache
def roots() -> tuple[x509.Certificate, ...]:
    """The CAs that the world knows, those that can be read."""
    try:
        return tuple(x509.load_pem_x509_certificates(Path(paths.CA_BUNDLE).read_bytes()))
    except (OSError, ValueError):
        return ()
