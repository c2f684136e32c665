"""Sieve scripts stay where they were compiled: a compiled script remembers its folder.

Anywhere else Dovecot would compile it anew at each delivery, in vain. So the scripts have a folder outside the
generations, and each generation a link to it. Generations share it until a script or the compiler's configuration
changes. Then all scripts are compiled in a folder of the new generation.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

FOLDER = "dovecot/sieve"
CONFIGURATION = ("dovecot/sievec.conf", "dovecot/local.conf")


def is_script(path: str) -> bool:
    """Whether ``path`` of a tree lies in the folder of Sieve."""
    return path.startswith(f"{FOLDER}/")


def changes(paths: Collection[str]) -> bool:
    """Whether compiled scripts are out of date when the files ``paths`` change."""
    return any(is_script(path) or path in CONFIGURATION for path in paths)


def make(home: Path, new: Path, old: Path | None, leaving: Collection[str]) -> None:
    """Generation ``new`` has an own folder for scripts, with those of ``old`` but ``leaving``, not compiled."""
    place, link = home / new.name, new / FOLDER
    place.mkdir(parents=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(place)
    former = old / FOLDER if old else place
    for path in _scripts(former):
        if f"{FOLDER}/{path}" not in leaving:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).hardlink_to(former / path)


def _scripts(folder: Path) -> list[Path]:
    """What lies below ``folder``, relative to it; not what was compiled."""
    found = (Path(where, name) for where, _, names in os.walk(folder) for name in names)
    return [path.relative_to(folder) for path in found if path.suffix != ".svbin"]


def clear(home: Path, live: Path | None) -> None:
    """Below ``home`` is only the folder that generation ``live`` uses."""
    link = live / FOLDER if live else None
    used = link.readlink() if link and link.is_symlink() else None
    for place in home.iterdir() if home.is_dir() else ():
        if place != used:
            shutil.rmtree(place)
