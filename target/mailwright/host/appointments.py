"""When the watching process starts programs.timetable, which rotates logs and mails reports.

Imports next to nothing, since the watching process stays in memory.
"""

from __future__ import annotations

import json
import os
import sys

from mailwright.core import paths
from mailwright.host.stamps import of_file

PLAN = f"/etc/{paths.TIMETABLE}"
LOG = f"{paths.LOG}/mail.log"
COMMAND = (sys.executable, "-m", "mailwright.programs.timetable")
BETWEEN = 10.0  # seconds, the least between two runs because of a large log
FIRST, LONGEST = 5.0, 3600.0  # seconds after which a run that failed is repeated; each time twice as many


class Appointments:
    """The next run, as the last one has written it down."""

    def __init__(self) -> None:
        self.child = self.failures = 0
        self.made = self.due = 0.0
        self.size = 0
        self.plan: tuple[int, ...] = ()
        self.load()

    def load(self) -> None:
        """What the last run has written; without it, a run is due."""
        try:
            with open(paths.TIMETABLE_NEXT, encoding="utf-8") as file:  # noqa: PTH123  like the rest of this module
                note = json.load(file)
        except (OSError, ValueError):
            return
        self.made, self.due, self.size, self.plan = note["made"], note["due"], note["size"], tuple(note["plan"])

    def keep(self, now: float) -> None:
        """A run has begun afterwards if one is due; one that has ended is noted."""
        if not self.child and self.is_due(now):
            try:
                self.child = os.posix_spawn(COMMAND[0], COMMAND, os.environ)
            except OSError:  # no memory
                self.failed(now)
        elif self.child and (ended := os.waitpid(self.child, os.WNOHANG))[0]:
            self.child = 0
            self.load()
            if ended[1]:
                self.failed(now)
            else:
                self.failures = 0

    def failed(self, now: float) -> None:
        """The next run waits, longer after each that failed."""
        self.made, self.plan = now, of_file(PLAN)
        self.due = now + min(FIRST * 2**self.failures, LONGEST)
        self.failures += 1

    def is_due(self, now: float) -> bool:
        """Whether it is time, the clock went back, the timetable is another one, or the log has grown too large."""
        if now >= self.due or now < self.made or of_file(PLAN) != self.plan:
            return True
        return 0 < self.size <= _bytes(LOG) and now > self.made + BETWEEN

    def wait(self, now: float) -> float:
        """Seconds until something may be due."""
        return 1.0 if self.child else max(0.0, self.due - now)


def _bytes(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0
