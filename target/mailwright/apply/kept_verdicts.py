"""Kept verdicts: a configuration in which a daemon's checker has found nothing need not be checked at each start.

A verdict depends on the bytes that the checker reads, and on the checker. The name under which it is kept is a hash of
both: the rendered files, the daemon's own files, Debian's list of installed packages, and our table of verdicts. So a
changed file, rule or image is checked anew. Only a checker's silence is kept. The image has it for the default
settings, the state for what ran last.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import reduce
from pathlib import Path

from mailwright.core import paths
from mailwright.core.tree import Effect, Tree
from mailwright.host import files
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check
from mailwright.services.verdicts import ROWS

IMAGE, STATE = Path("/usr/share/mailwright/verdicts"), Path(paths.STATE, "verdicts")
INSTALLED = Path("/var/lib/dpkg/status")
MOST = 20  # verdicts in the state
# An operator's file may lead to others, such as a map or a script. They could change without a trace here.
ELSEWHERE = re.compile(r"(?<![\w.:])/|\$|include|://|\blua|dofile|require", re.IGNORECASE)
COMMENT = re.compile(r"^\s*#.*\n", re.MULTILINE)


def key(check: Check, mailserver: Mailserver, tree: Tree, etc: str) -> str:
    """The name of the verdict of ``check`` on ``tree``, staged at ``etc``; empty if it is never kept."""
    if not check.reads or not INSTALLED.is_file():
        return ""
    found = hashlib.blake2b(digest_size=20)
    rows = [row for row in ROWS if row.checker == check.checker]
    found.update(repr((check.command, rows)).encode())
    for name, content in (*_own(check, mailserver, tree, etc), *_of_the_image(check)):
        if content is None:
            return ""
        found.update(f"\0{name}\0{len(content)}\0".encode())
        found.update(content)
    return found.hexdigest()


def _own(check: Check, mailserver: Mailserver, tree: Tree, etc: str) -> Iterator[tuple[str, bytes | None]]:
    """The rendered files that ``check`` reads; None for one of the operator's that leads elsewhere.

    Ours are without comments. Names and gateways of this server, which are valid, mean nothing to a checker.
    """
    names = {etc: "/etc", mailserver.postmaster: "POSTMASTER", mailserver.hostname: "HOSTNAME"}
    words = [*names.items(), *((address, "GATEWAY") for address in mailserver.gateways)]
    for path, file in sorted(tree.items()):
        if path.startswith(check.reads) and file.effect is not Effect.NOTHING:
            text = COMMENT.sub("", file.content)
            if file.spans and ELSEWHERE.search(text):
                yield path, None
                return
            text = file.content if file.spans else text
            yield path, reduce(lambda text, pair: text.replace(*pair), words, text).encode("utf-8", "surrogateescape")


def _of_the_image(check: Check) -> Iterator[tuple[str, bytes]]:
    """The daemon's own files, which an image that is derived from ours may change."""
    yield str(INSTALLED), INSTALLED.read_bytes()
    for top in (path for path in check.reads if path.startswith("/")):
        for folder, names, found in os.walk(top):
            names[:] = sorted(name for name in names if name != "www")  # pages for browsers
            for path in (Path(folder, name) for name in sorted(found)):
                if not (path.is_symlink() and path.readlink().is_relative_to(paths.RUN)):
                    yield str(path), path.read_bytes()


def is_kept(name: str) -> bool:
    """Whether the checker had nothing to say of the same files."""
    return bool(name) and ((IMAGE / name).is_file() or (STATE / name).is_file())


def keep(name: str, home: Path = STATE) -> None:
    """The verdict ``name`` is found by later starts; only the newest stay. A full volume keeps none."""
    if name:
        with suppress(OSError):
            home.mkdir(mode=0o700, exist_ok=True)
            files.write(home / name, "")
            for old in sorted(home.iterdir(), key=lambda path: path.stat().st_mtime)[:-MOST]:
                old.unlink()
