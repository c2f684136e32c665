"""One row a fault, and the table that is printed."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.faults.ledger import Ledger
from tests.faults.load import Delivery, Load

HEAD = ("fault", "rounds", "accepted", "delivered", "bounced", "queued", "lost", "twice", "back after s", "health said")


@dataclass
class Row:
    """What one fault did, and each promise that it broke."""

    fault: str
    rounds: int = 0
    accepted: dict[Delivery, float] = field(default_factory=dict)
    ledger: Ledger = field(default_factory=Ledger)
    back: list[float] = field(default_factory=list)  # seconds, one a round
    stops: list[float] = field(default_factory=list)  # seconds that an orderly end took
    health: str = "-"
    broken: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)  # a promise about time, which a loaded machine breaks too

    def take(self, load: Load, back: float | None) -> None:
        """Adds one round: what was accepted, and how long nothing was (None: it never came back)."""
        self.accepted |= load.accepted
        if back is None:
            self.broken.append(f"round {self.rounds}: no mail is accepted any more")
        else:
            self.back.append(back)
        if load.refused:
            self.broken.append(f"round {self.rounds}: {len(load.refused)} refused for good: {load.refused[0]}")

    def judge(self, twice: float = 0.0) -> Row:
        """The row with its promises judged; ``twice`` is the share of mail that may arrive twice."""
        if lost := self.ledger.lost(self.accepted):
            self.broken.append(f"{len(lost)} lost, such as {lost[0]}")
        if len(doubled := self.ledger.twice(self.accepted)) > twice * len(self.accepted):
            self.broken.append(f"{len(doubled)} of {len(self.accepted)} twice, such as {doubled[0]}")
        return self

    def cells(self) -> tuple[str, ...]:
        """The row as the table shows it: the median and the longest time until mail was taken again."""
        delivered = sum(self.ledger.delivered[one] > 0 for one in self.accepted)
        counts = (
            *(self.rounds, len(self.accepted), delivered),
            len(self.ledger.bounced & self.accepted.keys()),
            len(self.ledger.queued & self.accepted.keys()),
            len(self.ledger.lost(self.accepted)),
            len(self.ledger.twice(self.accepted)),
        )
        times = sorted(self.back)
        back = f"{times[len(times) // 2]:.1f} (max {times[-1]:.1f})" if times else "-"
        return (self.fault, *map(str, counts), back, self.health)


def markdown(rows: list[Row]) -> str:
    """The rows as a table."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
    return "\n".join(
        f"| {' | '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))} |" for line in ruled
    )
