"""Lock: one mail server on a state volume. Two would deliver one queue twice and spoil each other's files."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem, shown

FILE = f"{paths.STATE}/lock"
PATIENCE = 5.0  # seconds; the container before this one may be about to end
BUSY = (errno.EWOULDBLOCK, errno.EACCES)
# The runtime mounts files of the container's folder, whose name is its id.
ID = re.compile(r"/([0-9a-f]{64})/\S*(?:hostname|hosts|resolv\.conf) /etc/")


class Held(NamedTuple):
    """The open file that has the lock, or the warning that there are no locks."""

    handle: int | None
    warning: Problem | None = None


def hold(path: Path = Path(FILE), patience: float = PATIENCE) -> Held:
    """No other container starts on this state until all processes that have the file of the result open have ended.

    ConfigurationError names the container that runs on it. A warning when the file system has no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        _lock(handle, patience)
    except OSError as error:
        if error.errno in BUSY:
            raise ConfigurationError([_taken(_holder(handle))]) from None
        what = f"cannot be locked ({(error.strerror or 'error').lower()})"
        return Held(None, Problem(paths.STATE, what, "make sure that no other container uses it", True))
    with suppress(OSError):  # a full volume; the lock itself is held
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{me()}, since {datetime.now(UTC).isoformat(timespec='seconds')}".encode(), 0)
    return Held(handle)


def _lock(handle: int, patience: float) -> None:
    """The lock is held; OSError when there are no locks, or another container holds it for ``patience`` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in BUSY or time.monotonic() > deadline or _is_me(_holder(handle)):
                raise
            time.sleep(0.1)
        else:
            return


def _holder(handle: int) -> str:
    return os.pread(handle, 200, 0).decode(errors="replace")


def _is_me(holder: str) -> bool:
    return holder.startswith(f"{me()},")


def _taken(holder: str) -> Problem:
    if _is_me(holder):
        return Problem("container", "a mail server runs in it already", "docker compose restart starts it anew")
    what = f"{paths.STATE} is in use by another mail server: {shown(holder, 150) if holder else 'it gives no name'}"
    return Problem("volumes", what, "stop the other container, or give this one a state of its own")


def me(mountinfo: str = "/proc/self/mountinfo") -> str:
    """The name of this container in a message: ``container 0123456789ab (mail.example.com)``."""
    match = ID.search(Path(mountinfo).read_text(encoding="utf-8", errors="replace"))
    return f"container {match[1][:12] if match else 'without an id'} ({socket.gethostname()})"
