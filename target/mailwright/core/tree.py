"""File and Tree: the result of a render, and the difference between two of them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Effect(StrEnum):
    """What a daemon must do to use a changed file."""

    NOTHING = "nothing"
    RELOAD = "reload"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Span:
    """Line ``first`` and the ``length`` - 1 after it of a rendered file are copied from ``file``, from ``line`` on."""

    first: int
    file: str
    line: int = 1
    length: int = 1 << 30


@dataclass(frozen=True, slots=True)
class File:
    """One file that a daemon reads. ``path`` is relative to /etc (``postfix/main.cf``)."""

    path: str
    content: str
    service: str
    mode: int = 0o644
    owner: str = "root:root"
    effect: Effect = Effect.RELOAD
    secret: bool = False  # never shown in a diff or a message
    compile: str = ""  # "postmap", "postalias" or "sievec": the tool that compiles it
    spans: tuple[Span, ...] = ()
    readers: tuple[str, ...] = ()  # the services that read it, if not only the one that renders it

    def origin(self, line: int) -> str:
        """``postfix-main.cf:3`` if rendered line ``line`` (from 1) is copied from there; else empty."""
        for span in self.spans:
            if span.first <= line < span.first + span.length:
                return f"{span.file}:{span.line + line - span.first}"
        return ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that must exist before a daemon starts; ``owner`` is ``user:group``, names or numbers."""

    path: str
    owner: str
    mode: int
    whole: bool = False  # everything in it belongs to the same owner
    files: tuple[str, ...] = ()  # made in it, empty, where they are missing
    links_to: str = ""  # a folder of the image: links to its files are in this one
    former: tuple[str, str] = ("", "")  # a file in it, and docker-mailserver's name for that file, which is copied once


@dataclass(frozen=True)
class Tree(Mapping[str, File]):
    """All files of a configuration by path; no path twice."""

    files: Mapping[str, File] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Iterable[File]) -> Tree:
        """The tree of ``files`` sorted by path; ValueError when two have the same path."""
        by_path: dict[str, File] = {}
        for file in files:
            if file.path in by_path:
                raise ValueError(f"{file.path} is rendered twice, by {by_path[file.path].service} and {file.service}")
            by_path[file.path] = file
        return cls(dict(sorted(by_path.items())))

    def without(self, effect: Effect) -> Tree:
        """The tree without the files that have ``effect``."""
        return Tree({path: file for path, file in self.files.items() if file.effect is not effect})

    def __getitem__(self, path: str) -> File:
        return self.files[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


@dataclass(frozen=True, slots=True)
class Change:
    """One path whose content differs. ``old`` is None for a new file, ``new`` for one that is removed."""

    path: str
    old: str | None
    new: File | None

    def unified(self, before: str = "running", hide: Callable[[str], str] = str) -> str:
        """The change as a unified diff, each line passed through ``hide``; a secret file is only named."""
        if self.new is None:
            return f"only there: {self.path}"
        if self.new.secret:
            return f"secret {self.path}: {'changed' if self.old is not None else 'new'}"
        names = f"{before}/{self.path}", f"rendered/{self.path}"
        old, new = (self.old or "").splitlines(), self.new.content.splitlines()
        lines = list(difflib.unified_diff(old, new, *names, lineterm=""))
        if not lines:
            return f"{self.path}: differs in the end of a line only"
        heading, lines = lines[:2], lines[2:]
        return "\n".join([*heading, *(line if line.startswith("@@") else line[:1] + hide(line[1:]) for line in lines)])


def diff(running: Mapping[str, str], desired: Tree) -> list[Change]:
    """What must change so that ``running`` (path → content) becomes ``desired``, in order of path."""
    changes = [
        Change(path, running.get(path), file) for path, file in desired.items() if running.get(path) != file.content
    ]
    removed = [Change(path, running[path], None) for path in running if path not in desired]
    return sorted(changes + removed, key=lambda change: change.path)


def effects(files: Iterable[File], removed: Iterable[str] = ()) -> dict[str, Effect]:
    """What each service must do to use changed ``files`` and ``removed`` paths: the strongest effect of all.

    A removed path belongs to the service of its folder, which may have read every file there. Dovecot looks Sieve
    scripts up at each delivery.
    """
    order = list(Effect)
    needed = [(service, file.effect) for file in files for service in file.readers or (file.service,)]
    needed += [(path.partition("/")[0], Effect.RELOAD) for path in removed if not path.endswith(".sieve")]
    strongest: dict[str, Effect] = {}
    for service, effect in needed:
        strongest[service] = max(strongest.get(service, Effect.NOTHING), effect, key=order.index)
    return strongest
