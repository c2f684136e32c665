"""A run against a stored one of the same machine: what changed, and what costs more CPU time."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rows import ROWS, Row

WORSE = 1.10  # CPU time drifts less than this from run to run, rates and seconds do not
CPU = ("_cpu", "_cpu_ratio")


@dataclass(frozen=True)
class Change:
    """One row in both runs. ``ratio`` is how much more it is now, drift of the machine taken out where it can be."""

    row: Row
    before: float
    now: float
    ratio: float

    @property
    def is_worse(self) -> bool:
        """Whether it is CPU time, and more than a tenth more."""
        return self.row.key.endswith(CPU) and self.ratio > WORSE


def stored(path: Path) -> dict[str, Any]:
    """The JSON of an earlier run; ValueError names the file and what is wrong with it."""
    try:
        run = json.loads(path.read_text())
        if not isinstance(run["measures"], dict):
            raise TypeError("measures are no object")
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise ValueError(f"{path} is not the JSON of a run: {problem}") from problem
    return dict(run)


def changes(before: dict[str, Any], now: dict[str, Any], subject: str) -> list[Change]:
    """The rows that both runs have, of one subject.

    Where both runs measured a bare server too, its own change is the machine's, and is taken out of the ratio.
    """
    found = []
    for row in ROWS:
        old, new = (run["measures"].get(row.key, {}) for run in (before, now))
        was, value = (measured.get("median", {}).get(subject) for measured in (old, new))
        if was is None or value is None:
            continue
        relative = (old.get("compared"), new.get("compared"))
        first, second = (was, value) if row.difference or None in relative else relative
        found.append(Change(row, was, value, second / first if first else 1.0))
    return found


def lines(found: list[Change]) -> list[str]:
    """The table as text; a row that costs more CPU time is marked."""
    width = max((len(change.row.label) for change in found), default=0)
    return [f"{change.row.label:<{width}}  {_figures(change)}" for change in found]


def _figures(change: Change) -> str:
    row = change.row
    values = f"{change.before:>9.{row.decimals}f} {change.now:>9.{row.decimals}f} {row.unit:<3}"
    return f"{values} {100 * (change.ratio - 1):+6.1f} %{'  MORE CPU TIME' if change.is_worse else ''}"


def other_machine(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What differs between the machines of two runs, or nothing."""
    old, new = before.get("machine", {}), now["machine"]
    differs = [
        f"{key}: {old.get(key)}, now {new[key]}" for key in ("processor", "cpus", "kernel") if old.get(key) != new[key]
    ]
    return "; ".join(differs)
