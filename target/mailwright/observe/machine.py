"""What the machine says: mail queue, volumes, clock, age of the image, the CAs that clients trust."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509

from mailwright.core import paths
from mailwright.host.commands import run

POSTQUEUE = "/usr/sbin/postqueue"
STA_UNSYNC, STATUS_OFFSET = 0x40, 40  # adjtimex(2), struct timex on 64 bits


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail in the queue: when it arrived (seconds since the epoch), and why it is still there."""

    arrived: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """Bytes and inodes of a file system, free and in total. ``files`` is 0 where it does not count inodes."""

    free: int
    total: int
    files_free: int = 0
    files: int = 0


def queue() -> list[Waiting] | str:
    """The mails in the queue (postqueue(1), -j), or why they are not known."""
    if not shutil.which(POSTQUEUE):
        return "Postfix is not installed here"
    done = run((POSTQUEUE, "-j"), limit=30)
    if not done:
        return done.errors.strip().splitlines()[-1] if done.errors.strip() else "postqueue failed"
    return [_waiting(json.loads(line)) for line in done.output.splitlines()]


def _waiting(mail: dict[str, object]) -> Waiting:
    recipients = mail.get("recipients")
    reasons = [recipient.get("delay_reason", "") for recipient in recipients] if isinstance(recipients, list) else []
    return Waiting(float(str(mail["arrival_time"])), next(filter(None, reasons), ""))


def volume(path: str) -> Volume | str:
    """The volume of ``path``, or why it is not known. Space reserved for root is not free: mail belongs to a user."""
    try:
        status = os.statvfs(path)
    except OSError as error:
        return (error.strerror or "error").lower()
    unit = status.f_frsize
    return Volume(status.f_bavail * unit, status.f_blocks * unit, status.f_favail, status.f_files)


def volumes() -> dict[str, Volume | str]:
    """The volumes of mail, state and logs; those on one file system are listed once."""
    volumes_by_device: dict[tuple[int, int] | str, tuple[str, Volume | str]] = {}
    for path in (paths.MAIL, paths.STATE, paths.LOG):
        here = volume(path)
        key = path if isinstance(here, str) else (Path(path).stat().st_dev, here.total)
        volumes_by_device.setdefault(key, (path, here))
    return dict(volumes_by_device.values())


def clock_is_kept() -> bool | None:
    """Whether the kernel's clock is synchronized (adjtimex(2)); None when the kernel does not say."""
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
    """When this code was put into the image."""
    return datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)


@cache
def roots() -> tuple[x509.Certificate, ...]:
    """The CAs that clients trust; empty when they can't be read."""
    try:
        return tuple(x509.load_pem_x509_certificates(Path(paths.CA_BUNDLE).read_bytes()))
    except (OSError, ValueError):
        return ()
