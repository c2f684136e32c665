"""A clock that was set back is noticed once; one that was set forward, or by little, is not."""

from __future__ import annotations

import time

import pytest

from mailwright.host.wall_clock import LEAST, WallClock


def test_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    day = {"time": 1000000.0, "monotonic": 500.0}
    monkeypatch.setattr(time, "time", lambda: day["time"])
    monkeypatch.setattr(time, "monotonic", lambda: day["monotonic"])
    clock = WallClock()
    seen = []
    for jump in (0.0, 86400.0, 0.0, -86400.0, 0.0, -LEAST / 2):
        day["time"] += 10.0 + jump
        day["monotonic"] += 10.0
        seen.append(clock.set_back_by())
    assert seen == [0.0, 0.0, 0.0, 86400.0, 0.0, 0.0]
