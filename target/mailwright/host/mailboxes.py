"""Mailboxes: files of mail that belong to another user than the one that delivers it, as after a restored backup."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.core.values import amount

LEVELS = 3  # domain, mailbox, and what is in a mailbox
NO_MAIL = "lost+found"  # of a volume's file system
MANY = 20_000  # files that a start looks at; with more mailboxes than that it looks at the first
EXAMPLES = 3  # paths that a message names


def foreign(root: Path, owner: tuple[int, int], limit: int = MANY) -> list[str]:
    """The first paths below ``root`` that do not belong to ``owner`` (uid, gid): domains, mailboxes, their files."""
    found: list[str] = []
    folders = [str(root)]
    for level in range(LEVELS):
        below: list[str] = []
        for entry in _entries(folders):
            if limit <= 0:
                return found
            limit -= 1
            if entry.is_symlink() or entry.name == NO_MAIL or (not level and not entry.is_dir()):
                continue
            status = entry.stat(follow_symlinks=False)
            if (status.st_uid, status.st_gid) != owner:
                found.append(entry.path)
            elif entry.is_dir():
                below.append(entry.path)
        folders = below
    return found


def _entries(folders: list[str]) -> Iterator[os.DirEntry[str]]:
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            yield from entries


def give(path: str, owner: tuple[int, int]) -> None:
    """``path`` and everything below it belongs to ``owner``; links are not followed."""
    os.chown(path, *owner, follow_symlinks=False)
    for _, folders, files, handle in os.fwalk(path):
        for name in (*folders, *files):
            os.chown(name, *owner, dir_fd=handle, follow_symlinks=False)


def settle(owner: tuple[int, int], root: Path = Path(paths.MAIL)) -> Iterator[Problem]:
    """Mail belongs to ``owner`` afterwards; a warning for what was changed, and for what can't be changed."""
    changed: list[str] = []
    failed: dict[str, str] = {}
    for path in foreign(root, owner):
        try:
            give(path, owner)
            changed.append(path)
        except OSError as error:
            failed[path] = (error.strerror or "error").lower()
    numbers = ":".join(map(str, owner))
    if changed:
        yield Problem(str(root), f"{listed(changed)} belonged to another user and now to {numbers}", "", True)
    if failed:
        reason = next(iter(failed.values()))
        what = f"{listed(list(failed))} belongs to another user, so mail for it waits: {reason}"
        yield Problem(str(root), what, f"run chown -R {numbers} on the host", True)


def listed(names: list[str]) -> str:
    """The first of ``names``, and how many more there are."""
    more = len(names) - EXAMPLES
    return ", ".join(names[:EXAMPLES]) + (f" and {amount(more, 'more path')}" if more > 0 else "")
