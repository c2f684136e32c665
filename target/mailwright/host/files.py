"""The one way to write a file: a reader sees the old content or the new one, never a part of it.

Imports little, since the health check and the watching process use it.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

MOUNTED = (errno.EBUSY, errno.EXDEV)  # rename(2) onto a file that is mounted by itself


def write(
    path: Path,
    content: str | bytes,
    mode: int = 0o644,
    owner: tuple[int, int] | None = None,
    modified: float | None = None,
) -> None:
    """``path`` holds ``content`` with ``mode``, ``owner`` (uid, gid; None: this process) and the time ``modified``.

    All of this is set on a temporary file beside it, which is then renamed.
    """
    fresh = _temporary(path, content, mode, owner, durable=False)
    if modified is not None:
        os.utime(fresh, (modified, modified))
    fresh.rename(path)


def write_durably(path: Path, content: str | bytes, mode: int = 0o644, owner: tuple[int, int] | None = None) -> None:
    """As ``write``; the file also survives a power cut."""
    fresh = _temporary(path, content, mode, owner, durable=True)
    fresh.rename(path)
    _sync_folder(path.parent)


def lock_file(path: str) -> BinaryIO:
    """The open file ``path`` for flock(2). Only its owner can open it: who may read a file can lock it, and keep it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.fchmod(handle, 0o600)
    return os.fdopen(handle, "r+b")


def rewrite(path: Path, content: str | bytes) -> None:
    """The operator's file ``path`` holds ``content`` durably; a link, the owner and the mode stay as they are.

    A new file gets its folder's owner and mode 0640. A file that is mounted by itself is written in place.
    """
    target = path.resolve()
    exists = target.exists()
    like = (target if exists else target.parent).stat()
    mode = like.st_mode & 0o777 if exists else 0o640
    fresh = _temporary(target, content, mode, (like.st_uid, like.st_gid), durable=True)
    try:
        fresh.rename(target)
    except OSError as error:
        fresh.unlink()
        if error.errno not in MOUNTED:
            raise
        _write_in_place(target, _encoded(content))
    else:
        _sync_folder(target.parent)


def _temporary(path: Path, content: str | bytes, mode: int, owner: tuple[int, int] | None, *, durable: bool) -> Path:
    fresh = path.with_name(f".{path.name}.new")
    # A daemon may own the folder: what it put there under this name (a link, a pipe, its own file) is never opened.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with suppress(FileNotFoundError):
            fresh.unlink()
        with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
            file.write(_encoded(content))
            if owner:
                os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)  # after the owner: chown(2) clears set-user-id bits
            if durable:
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from error  # write(2) names no file
    return fresh


def _encoded(content: str | bytes) -> bytes:
    return content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content


def _write_in_place(target: Path, content: bytes) -> None:
    with target.open("r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """The rename is on disk as well, where the file system can say so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
