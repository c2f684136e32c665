"""History: the last passes that changed something or were refused, kept in the state, where an update keeps them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mailwright import __version__
from mailwright.apply.causes import Causes
from mailwright.apply.file_changes import FileChange
from mailwright.core import paths
from mailwright.host import files

KEPT = 20  # entries
LONGEST = 50  # causes, files, parameters of a file, Problems in one entry


@dataclass(frozen=True, slots=True)
class Entry:
    """One pass: when, why, which files changed and how, what the daemons did about it, and the Problems."""

    at: str  # ISO 8601, UTC
    causes: tuple[str, ...]
    files: tuple[FileChange, ...] = ()
    actions: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    generation: int = 0
    version: str = __version__

    @classmethod
    def now(cls, causes: Causes, **parts: Any) -> Entry:
        """An entry with the present time."""
        return cls(datetime.now(UTC).isoformat(timespec="seconds"), causes.texts(), **parts)

    @classmethod
    def read(cls, content: dict[str, Any]) -> Entry:
        """The entry that is ``content``, as it is stored."""
        changes = tuple(
            FileChange(**change | {"parameters": tuple(change["parameters"])}) for change in content["files"]
        )
        texts = {name: tuple(content[name]) for name in ("causes", "actions", "problems")}
        return cls(**content | texts | {"files": changes})

    def bounded(self) -> Entry:
        """The entry with the first of each list: a file may have a hundred thousand mistakes."""
        changes = (replace(change, parameters=change.parameters[:LONGEST]) for change in self.files[:LONGEST])
        return replace(
            self,
            causes=self.causes[:LONGEST],
            files=tuple(changes),
            actions=self.actions[:LONGEST],
            problems=self.problems[:LONGEST],
        )

    def repeats(self, other: Entry) -> bool:
        """Whether it is the refusal ``other`` again, as when a container is restarted in a loop."""
        return bool(self.problems) and not self.files and replace(self, at=other.at) == other


def entries(path: Path = Path(paths.HISTORY)) -> list[Entry]:
    """The entries, the oldest first; none when the file is missing or not ours."""
    try:
        return [Entry.read(content) for content in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def add(entry: Entry, path: Path = Path(paths.HISTORY)) -> None:
    """``entry`` is the last one, and no more than KEPT are left. One that repeats the last one is left out.

    Where the state can't be written nothing is kept: the history must not keep a pass from its work.
    """
    kept, entry = entries(path), entry.bounded()
    if kept and entry.repeats(kept[-1]):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, json.dumps([asdict(one) for one in (*kept, entry)[-KEPT:]]), 0o600)
    except OSError:
        return
