"""Stamps: inode, size and times of the watched files, compared by polling: NFS and Kubernetes send no events.

Imports next to nothing, since the watching process stays in memory.
"""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from mailwright.core import paths

NETWORKS = ("/proc/net/route", "/proc/net/fib_trie")  # `docker network connect` changes them
DEPTH = 6  # folders below folders; a link may lead to a folder above it
MODE = 2  # where a stamp has the file's mode


def stamp(config: str, files: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Path → device, inode, mode, size and times of every file below ``config`` and of ``files``.

    Missing files are left out. A link counts as its target, so that the links that certbot and a ConfigMap switch show.
    """
    notes = dict(_below(config, DEPTH))
    for path in files:
        notes.update(_note(path))
    return notes


def look(config: str, files: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """All that asks for a pass when it changes: the stamps of the files, and the networks."""
    return stamp(config, files) | networks()


def networks() -> dict[str, tuple[int, ...]]:
    """NETWORKS → a sum of each table's content, in the place of a stamp; these files have no time of their own."""
    sums: dict[str, tuple[int, ...]] = {}
    if not os.path.isdir(paths.IMAGE):  # noqa: PTH112  outside a container the networks are another's
        return sums
    for path in NETWORKS:
        try:
            with open(path, "rb") as table:  # noqa: PTH123  the cheapest way, several times a second
                sums[path] = (0, 0, 0, zlib.crc32(table.read()))
        except OSError:
            continue
    return sums


def changed(before: Mapping[str, Sequence[int]], after: Mapping[str, Sequence[int]]) -> list[str]:
    """The paths whose stamps differ. A folder is left out where the files that came or went are there as well."""
    paths = [path for path in {**before, **after} if tuple(before.get(path, ())) != tuple(after.get(path, ()))]
    files = [path for path in paths if not stat.S_ISDIR((after.get(path) or before[path])[MODE])]
    return files or paths


def _below(folder: str, depth: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    try:
        names = os.listdir(folder)  # noqa: PTH208  the cheapest way, several times a second
    except OSError:
        return
    for name in names:
        path = f"{folder}/{name}"
        if name.startswith("."):
            continue
        yield from _note(path)
        if depth and os.path.isdir(path):  # noqa: PTH112
            yield from _below(path, depth - 1)


def of_file(path: str) -> tuple[int, ...]:
    """The stamp of one file; empty if it is missing."""
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _note(path: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    if found := of_file(path):
        yield path, found
