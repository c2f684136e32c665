"""FileChange: what differs in one rendered file, as names and counts; never as values, which may be secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mailwright.apply.generations import Difference
from mailwright.core.tree import Effect, File
from mailwright.core.values import amount
from mailwright.render.parameters import parameters

BLOCK = 1 << 12  # characters that are compared at once
NAMED = 5  # parameters of a file in one sentence


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that changed (``kind``: changed, new or gone), its parameters that differ, its rows that came and went."""

    path: str
    kind: str = "changed"
    parameters: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0

    def __str__(self) -> str:
        return f"{self.path}: {self.detail}" if self.detail else self.path

    @property
    def detail(self) -> str:
        """``message_size_limit``, ``+1 row``, ``new``; nothing when no more is known than that it changed."""
        if self.kind != "changed":
            return self.kind
        if self.parameters:
            more = len(self.parameters) - NAMED
            return ", ".join(self.parameters[:NAMED]) + (f" and {more} more" if more > 0 else "")
        signs = [f"+{self.added}"] * bool(self.added) + [f"-{self.removed}"] * bool(self.removed)
        return " ".join([*signs, amount(self.added + self.removed, "row").partition(" ")[2]]) if signs else ""


def file_changes(difference: Difference, old: Callable[[str], str], known: Mapping[str, str]) -> tuple[FileChange, ...]:
    """Each change of ``difference``. ``old`` gives the text that was there, if the path is among the ``known`` ones."""
    changed = [
        _compared(file, old(file.path)) if file.path in known else FileChange(file.path, "new")
        for file in difference.changed
    ]
    return (*changed, *(FileChange(path, "gone") for path in difference.gone))


def _compared(file: File, old: str) -> FileChange:
    is_postfix = file.path.startswith("postfix/") and file.path.endswith(".cf")
    if is_postfix or (file.path.startswith("dovecot/") and file.path.endswith(".conf")):
        return FileChange(file.path, parameters=parameters_changed(file.path, old, file.content))
    is_pem = file.content.startswith("-----BEGIN ")
    if file.effect is Effect.NOTHING and file.compile != "sievec" and not is_pem:  # a table, read again by itself
        added, removed = rows_changed(old, file.content)
        return FileChange(file.path, added=added, removed=removed)
    return FileChange(file.path)


def parameters_changed(path: str, old: str, new: str) -> tuple[str, ...]:
    """The parameters of ``path`` whose values differ; of a block that comes or goes only its name."""
    before, after = _values(path, old), _values(path, new)
    names = [*after, *(name for name in before if name not in after)]
    differing = [name for name in names if before.get(name) != after.get(name)]
    whole = {name for name in differing if name not in before or name not in after}  # a block or service, say
    return tuple(name for name in differing if whole.isdisjoint(_around(name)))


def _around(name: str) -> list[str]:
    """The names of the blocks around a parameter: ``service/lmtp`` of ``service/lmtp/process_limit``."""
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _values(path: str, text: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for parameter in parameters(path, text):
        values.setdefault(parameter.name, []).append(parameter.value)
    return values


def rows_changed(old: str, new: str) -> tuple[int, int]:
    """How many rows of a table came and went."""
    old, new = _middle(old, new)
    before, after = set(_rows(old)), set(_rows(new))
    return len(after - before), len(before - after)


def _rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _middle(old: str, new: str) -> tuple[str, str]:
    """Both texts without their equal first and last lines, which are most of a table of a hundred thousand rows."""
    start, shorter = 0, min(len(old), len(new))
    while start < shorter and old[start : start + BLOCK] == new[start : start + BLOCK]:
        start += BLOCK
    start = old.rfind("\n", 0, min(start, shorter)) + 1
    old, new = old[start:], new[start:]
    end, shorter = 0, min(len(old), len(new))
    while end + BLOCK < shorter and old[-end - BLOCK : -end or None] == new[-end - BLOCK : -end or None]:
        end += BLOCK
    line_end = old.find("\n", len(old) - end) if end else -1
    same = len(old) - line_end - 1 if line_end >= 0 else 0
    return old[: len(old) - same], new[: len(new) - same]
