"""A clock that was set back. Imports next to nothing, since the watching process stays in memory."""

from __future__ import annotations

import time

LEAST = 60.0  # seconds; Dovecot and Postfix get over less by themselves


class WallClock:
    """How far the time of day is ahead of a clock that nobody sets."""

    def __init__(self) -> None:
        self.ahead = time.time() - time.monotonic()

    def set_back_by(self) -> float:
        """Seconds that the clock was set back since the last call; 0.0 if it was not, or by less than LEAST."""
        before, self.ahead = self.ahead, time.time() - time.monotonic()
        back = before - self.ahead
        return back if back >= LEAST else 0.0
