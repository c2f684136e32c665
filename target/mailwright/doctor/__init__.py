"""doctor: what is wrong with this server as it runs and as the world sees it, with a cure each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["finding", "note", "not asked"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen: a ``finding`` wants a cure, a ``note`` could be better, and what was ``not asked`` is said."""

    area: str
    what: str
    cure: str = ""
    level: Level = "finding"

    def __str__(self) -> str:
        cure = f"\n    {self.cure}" if self.cure else ""
        mark = {"finding": "!", "note": "-", "not asked": "?"}[self.level]
        return f"  {mark} {self.what}{cure}"


@dataclass(frozen=True, slots=True)
class Unasked:
    """A question that got no answer; ``reason`` says why."""

    reason: str


Answer = tuple[str, ...] | Unasked  # no such record: an empty tuple
