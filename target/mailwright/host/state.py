"""State: the folders that the daemons expect, with their owners."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Iterable, Mapping
from pathlib import Path

from mailwright.core import paths
from mailwright.core.tree import Folder
from mailwright.host import files


def prepare(folders: Iterable[Folder]) -> list[str]:
    """``folders`` exist afterwards with their owners and modes, and with the files and links that belong in them.

    The result says which files of docker-mailserver were copied.
    """
    copied = []
    for folder in folders:
        settle(folder)
        for name in folder.files:
            if not Path(folder.path, name).exists():
                Path(folder.path, name).touch(0o640)
                os.chown(Path(folder.path, name), *owner_ids(folder.owner))
        if folder.links_to:
            settle_links(Path(folder.links_to), Path(folder.path))
        name, former = folder.former
        if former and copy_once(Path(folder.path, former), Path(folder.path, name), owner_ids(folder.owner)):
            copied.append(f"{folder.path}/{name} is a copy of docker-mailserver's {former}, which stays as it is")
    return copied


def copy_once(former: Path, path: Path, owner: tuple[int, int]) -> bool:
    """Whether ``path`` was missing and is now a copy of ``former``; never a part of it."""
    if path.exists() or not former.is_file():
        return False
    files.write(path, former.read_bytes(), 0o640, owner)
    return True


def owner_ids(owner: str) -> tuple[int, int]:
    """``user:group``, names or numbers, as numbers; KeyError when there is no such user."""
    user, _, group = owner.partition(":")
    uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    return uid, int(group) if group.isdigit() else grp.getgrnam(group).gr_gid


def settle(folder: Folder) -> None:
    """The folder exists afterwards with its owner and mode."""
    path = Path(folder.path)
    path.mkdir(parents=True, exist_ok=True)
    status, wanted = path.stat(), owner_ids(folder.owner)
    if (status.st_uid, status.st_gid) != wanted:
        # A volume of another image, whose users have other numbers.
        for item in (path, *(path.rglob("*") if folder.whole else ())):
            os.chown(item, *wanted, follow_symlinks=False)
    if status.st_mode & 0o7777 != folder.mode:
        path.chmod(folder.mode)


def settle_links(shipped: Path, folder: Path) -> None:
    """Links to the ``shipped`` files lie in ``folder`` afterwards, no dead links, and nothing of an older image.

    A file that a daemon made has the suffix of a shipped one; another suffix may follow (``1a2b.hs.unser``).
    Compressed files have no link: the daemon's script unpacks them.
    """
    ours = list(shipped.iterdir()) if shipped.is_dir() else []
    stems, suffixes = ({f"{path.name}.".split(".")[place] for path in ours} for place in (0, 1))
    for path in folder.iterdir():
        stem, *rest = path.name.split(".")
        made = stem not in stems and any(suffix in suffixes for suffix in rest)
        is_dead = path.is_symlink() and not path.exists()
        if is_dead or (made and path.stat().st_mtime < shipped.stat().st_mtime):
            path.unlink()
    for path in (path for path in ours if path.suffix != ".zst"):
        target = folder / path.name
        if not target.exists():
            target.symlink_to(path)


def settle_programs(programs: Mapping[str, bytes], home: Path = Path(paths.PROGRAMS)) -> None:
    """``programs`` (path → content), and no others, are below ``home`` afterwards, executable by all users."""
    if not programs and not home.exists():
        return
    for path in list(home.rglob("*")):
        if path.is_file() and path.relative_to(home).as_posix() not in programs:
            path.unlink()
    for name, content in programs.items():
        path = home / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write(path, content, 0o755)
