"""Deviation: the differences between a deployment and the image's defaults."""

from __future__ import annotations

from dataclasses import dataclass

from mailwright.core.tree import Change
from mailwright.explain.explanation import Explanation
from mailwright.explain.provenance import Rendered, rendered
from mailwright.explain.stated import Stated
from mailwright.model.mailserver import Mailserver

CERTIFICATES = "dms/"  # the settings show which certificates are used


@dataclass(frozen=True, slots=True)
class Table:
    """A table (of accounts, for example) and its number of rows, here and in the image."""

    path: str
    rows: int
    before: int


@dataclass(frozen=True, slots=True)
class Deviation:
    """Configuration files and tables that differ, and settings without their default value."""

    changes: tuple[Change, ...]
    tables: tuple[Table, ...]
    settings: tuple[Stated, ...]

    def __bool__(self) -> bool:
        return bool(self.changes or self.tables or self.settings)


def deviation(explanation: Explanation, image: Mailserver) -> Deviation:
    """The differences between the deployment and ``image``, a server with default settings and templates."""
    here, there = explanation.files, rendered(image)
    changes, tables = [], []
    for path in sorted({*here, *there}):
        now, before = here.get(path), there.get(path)
        if path.startswith(CERTIFICATES) or (now and before and now.file.content == before.file.content):
            continue
        if any(file and file.is_table for file in (now, before)):
            tables.append(Table(path, _rows(now), _rows(before)))
        else:
            changes.append(Change(path, before.file.content if before else None, now.file if now else None))
    changed = tuple(setting for setting in explanation.stated.values() if setting.changed)
    return Deviation(tuple(changes), tuple(tables), changed)


def _rows(file: Rendered | None) -> int:
    return len([line for line in file.lines if line.strip() and not line.startswith("#")]) if file else 0
