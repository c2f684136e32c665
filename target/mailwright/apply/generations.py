"""Generations: each configuration has a folder of its own, and a link leads to the one that the daemons read.

A new one is written beside the old, and one rename of the link puts it in place: a process that is killed half-way
leaves the old configuration or the new one. Files that did not change are the same files (hard links), so that no
daemon takes them for new ones.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.apply import sieve_folder
from mailwright.core import paths
from mailwright.core.memo import remembered_by
from mailwright.core.tree import Effect, File, Tree
from mailwright.host import files as host_files
from mailwright.host.state import owner_ids

MANIFEST = ".rendered.json"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new tree changes: files to write, paths that go, and changed files that were edited in place."""

    changed: tuple[File, ...] = ()
    gone: tuple[str, ...] = ()
    kept: tuple[File, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone)


@dataclass(frozen=True)
class Generation:
    """One configuration on disk. ``rendered`` is path → digest of what Mailwright rendered, edits apart."""

    folder: Path
    rendered: Mapping[str, str] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The number of this generation, counted from the start."""
        return int(self.folder.name)

    def difference(self, tree: Tree) -> Difference:
        """What ``tree`` changes here. A configuration file that was edited in place is left as it is."""
        changed = [file for path, file in tree.items() if self.rendered.get(path) != digest(path, file.content)]
        kept = [file for file in changed if file.effect is not Effect.NOTHING and self._is_edited(file.path)]
        return Difference(
            tuple(file for file in changed if file not in kept),
            tuple(path for path in self.rendered if path not in tree),
            tuple(kept),
        )

    def _is_edited(self, path: str) -> bool:
        return path in self.rendered and self.rendered[path] != digest(f"edited {path}", self.text(path))

    def text(self, path: str) -> str:
        """The content of ``path`` as it is on disk; nothing when it is missing."""
        file = self.folder / path
        return file.read_text(encoding="utf-8", errors="surrogateescape") if file.is_file() else ""


@dataclass(frozen=True, slots=True)
class Generations:
    """All generations, and the link to the one in use."""

    home: Path = Path(paths.GENERATIONS)
    link: Path = Path(paths.RENDERED)

    @property
    def scripts(self) -> Path:
        """The folders of Sieve scripts."""
        return self.link.with_name("sieve")

    def live(self) -> Generation | None:
        """The generation that the daemons read, if there is one."""
        try:
            folder = self.link.readlink()
            return Generation(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
        except OSError:
            return None

    def write(self, tree: Tree, difference: Difference, live: Generation | None) -> Generation:
        """A new generation with ``tree``, not in use yet: files in ``difference`` are written, the rest is shared."""
        self.clear(live)
        number = live.number + 1 if live else 1
        folder = self.home / str(number)
        leaving = {*difference.gone, *(file.path for file in difference.changed)}
        if sieve_folder.changes(leaving):
            sieve_folder.make(self.scripts, folder, live.folder if live else None, leaving)
            leaving.add(sieve_folder.FOLDER)
        if live:
            _share(live.folder, folder, leaving)
        write(difference.changed, folder, after=live)
        kept = {file.path: live.rendered[file.path] for file in difference.kept} if live else {}
        rendered = {path: digest(path, file.content) for path, file in tree.items()} | kept
        (folder / MANIFEST).write_text(json.dumps(rendered), encoding="utf-8")  # nothing reads it before the swap
        return Generation(folder, rendered)

    def swap(self, new: Generation) -> None:
        """The daemons read ``new`` afterwards."""
        fresh = self.link.with_name(f".{self.link.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(new.folder)
        fresh.rename(self.link)

    def clear(self, live: Generation | None) -> None:
        """Only ``live`` is left. Postfix notices a new table because the old one has no name any more."""
        self.home.mkdir(parents=True, exist_ok=True)
        for folder in self.home.iterdir():
            if not live or folder != live.folder:
                shutil.rmtree(folder)
        sieve_folder.clear(self.scripts, live.folder if live else None)


@remembered_by(lambda path, _: path)
def digest(path: str, content: str) -> str:  # noqa: ARG001  the last digest of each path is remembered
    """The digest of ``content``, the text of the file ``path``."""
    return hashlib.blake2b(content.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _share(old: Path, new: Path, leaving: set[str]) -> None:
    """Every file of ``old`` is in ``new`` too, except those ``leaving`` and what was compiled from them."""
    for path in _files(old):
        name = path.relative_to(old).as_posix()
        if name != MANIFEST and source(name) not in leaving:
            target = new / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                target.symlink_to(path.readlink())
            else:
                target.hardlink_to(path)


def source(name: str) -> str:
    """The path of the file that ``name`` was compiled from; ``name`` itself when it was not compiled."""
    return name.removesuffix(".svbin") + ".sieve" if name.endswith(".svbin") else name.removesuffix(".lmdb")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir())


def write(files: tuple[File, ...], etc: Path, *, owned: bool = True, after: Generation | None = None) -> None:
    """Each of ``files`` is below ``etc`` with its owner and mode, and younger than the same file of ``after``."""
    etc.mkdir(parents=True, exist_ok=True)
    # Postfix waits, up to two seconds a process, for a main.cf that is younger than that to stop changing.
    now = int(time.time()) - 10
    for file in files:
        path = etc / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        owner = owner_ids(file.owner) if owned else None
        host_files.write(path, file.content, file.mode, owner, modified=max(now, _earliest(file, after)))


def _earliest(file: File, after: Generation | None) -> int:
    """A second after the earlier file's: Dovecot takes a passwd-file of the same size and second for the same."""
    before = after.folder / file.path if after and file.effect is Effect.NOTHING else None
    return int(before.stat().st_mtime) + 1 if before and before.exists() else 0
