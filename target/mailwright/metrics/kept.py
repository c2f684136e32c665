"""What one scrape leaves for the next: the counts, how far the log was read, and the sources that failed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mailwright.host import files
from mailwright.metrics.counting import Counts
from mailwright.metrics.following import Position


@dataclass
class Kept:
    """Kept on tmpfs: the counts begin at zero when the container starts, as Prometheus expects it of counters."""

    counts: Counts = field(default_factory=Counts)
    position: Position | None = None
    failed: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path) -> Kept:
        """What ``path`` holds; nothing if it is missing or was written by another version."""
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            position = stored["position"] and Position(**stored["position"])
            return cls(Counts.restored(stored["counts"]), position, stored["failed"])
        except (OSError, ValueError, TypeError, KeyError):
            return cls()

    def save(self, path: Path) -> None:
        """``path`` holds this afterwards, for root only."""
        files.write(path, json.dumps(asdict(self)), 0o600)
