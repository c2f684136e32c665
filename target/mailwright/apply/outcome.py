"""Outcome: what the last pass over the configuration came to, kept where every command and the health check find it.

Imports little, since the health check reads it too.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mailwright.core import paths

LINE = re.compile(r":\d+:")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The generation in use, when it came and with what change; the Problems that keep a newer one away."""

    generation: int = 0
    applied_at: str = ""  # ISO 8601, UTC
    last_change: str = ""
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def save(self, path: Path = Path(paths.OUTCOME)) -> None:
        """``path`` holds this outcome afterwards, whole."""
        store(path, asdict(self))

    @classmethod
    def load(cls, path: Path = Path(paths.OUTCOME)) -> Outcome:
        """The outcome that ``path`` holds; an empty one when there is none."""
        try:
            return cls.read(path.read_text(encoding="utf-8"))
        except OSError:
            return cls()

    @classmethod
    def read(cls, text: str) -> Outcome:
        """The outcome that is ``text`` as JSON."""
        held = json.loads(text)
        return cls(**held | {name: tuple(held[name]) for name in ("problems", "warnings")})

    def text(self) -> str:
        """The outcome as JSON."""
        return json.dumps(asdict(self))

    def new_since(self, before: Outcome) -> Outcome:
        """The outcome with those Problems only that ``before`` had not; that a line moved makes none new."""
        told = {LINE.sub(":", text) for text in (*before.problems, *before.warnings)}
        problems, warnings = (
            tuple(text for text in texts if LINE.sub(":", text) not in told) for texts in (self.problems, self.warnings)
        )
        return replace(self, problems=problems, warnings=warnings)


def store(path: Path, value: object) -> None:
    """``path`` holds ``value`` as JSON afterwards, for root only; who reads meanwhile sees the old or the new."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file)
    fresh.rename(path)
