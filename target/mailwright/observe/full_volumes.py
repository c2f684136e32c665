"""Volumes without room: mail is put off, or a change cannot go live.

Imports little, since the health check uses it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from mailwright.core import paths

VOLUMES = (paths.MAIL, paths.STATE, paths.LOG, "/run", "/tmp")  # noqa: S108  as compose.yaml mounts them
BYTES, FILES = 1 << 20, 16  # less is full


def full_volumes(volumes: Iterable[str] = VOLUMES) -> Iterator[str]:
    """``/var/mail is full`` or ``/var/mail has no inode left`` for each volume, once for each file system.

    Space reserved for root is not free: mail belongs to a user. A file system that counts no inodes has enough.
    """
    seen = set[int]()
    for path in volumes:
        try:
            device, status = Path(path).stat().st_dev, os.statvfs(path)
        except OSError:
            continue
        if device in seen:
            continue
        seen.add(device)
        if status.f_blocks and status.f_bavail * status.f_frsize < BYTES:
            yield f"{path} is full"
        elif status.f_files and status.f_favail < FILES:
            yield f"{path} has no inode left"
