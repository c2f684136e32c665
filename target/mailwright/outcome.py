"""Outcome: what the last pass over the configuration came to, kept where every command and the health check find it.

Imports little, since the health check reads it too.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from mailwright import paths


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
            held = json.loads(path.read_text(encoding="utf-8"))
        except OSError:
            return cls()
        return cls(**held | {name: tuple(held[name]) for name in ("problems", "warnings")})


def store(path: Path, value: object) -> None:
    """``path`` holds ``value`` as JSON afterwards, for root only; who reads meanwhile sees the old or the new."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file)
    fresh.rename(path)
