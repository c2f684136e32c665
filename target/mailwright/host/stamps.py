"""Stamps: has anything changed? Asked of the file system's own notes, since on NFS and in Kubernetes no event comes.

Imports next to nothing, since the watching process stays in memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

DEPTH = 6  # folders below folders; a link may lead round in a circle


def stamp(config: str, files: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Path → inode, size and times of every file below the folder ``config`` and of ``files``; absent ones lack.

    A link counts as what it leads to, so that certbot's and a ConfigMap's switch of a link shows.
    """
    found = dict(_below(config, DEPTH))
    for path in files:
        found.update(_note(path))
    return found


def _below(folder: str, depth: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    try:
        names = os.listdir(folder)  # noqa: PTH208  as little as possible, several times a second
    except OSError:
        return
    for name in names:
        path = f"{folder}/{name}"
        if name.startswith("."):
            continue
        yield from _note(path)
        if depth and os.path.isdir(path):  # noqa: PTH112
            yield from _below(path, depth - 1)


def _note(path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    try:
        it = os.stat(path)  # noqa: PTH116
    except OSError:
        return
    yield path, (it.st_dev, it.st_ino, it.st_mode, it.st_size, it.st_mtime_ns, it.st_ctime_ns)
