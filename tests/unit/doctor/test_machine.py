from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailwright.doctor import machine
from mailwright.observe.machine import Volume, Waiting
from tests.unit.doctor.zone import codes

GB = 1 << 30


def test_queue() -> None:
    assert machine.queue([], 9e9) == []
    assert machine.queue([Waiting(5000.0), Waiting(4000.0)], 4000.0 + 3600) == []
    waiting = [Waiting(7000.0), Waiting(1000.0, "connect to x[192.0.2.1]:25: timed out\n"), Waiting(2000.0)]
    (found,) = machine.queue(waiting, 8000.0)
    assert found.code == "mail-waits"
    said = "it says: 'connect to x[192.0.2.1]:25: timed out\\n'"
    assert found.what == f"2 mails wait for more than an hour, the oldest for 1:56:40; {said}"


@pytest.mark.parametrize(
    ("volume", "said"),
    [
        (Volume(50 * GB, 100 * GB), []),
        (Volume(9 * GB, 100 * GB), ["disk-full"]),
        (Volume(GB // 4, GB), ["disk-full"]),
        (Volume(50 * GB, 100 * GB, 4, 100), ["disk-inodes"]),
        (Volume(50 * GB, 100 * GB, 6, 100), []),
        (Volume(0, 100 * GB, 0, 100), ["disk-full", "disk-inodes"]),
    ],
)
def test_disk(volume: Volume, said: list[str]) -> None:
    assert codes(machine.disk("/var/mail", volume)) == said


@pytest.mark.parametrize(
    ("year", "kept", "said"),
    [(2026, True, []), (2026, False, ["clock-alone"]), (2026, None, ["clock-unasked"]), (1970, True, ["clock-behind"])],
)
def test_clock(year: int, kept: bool | None, said: list[str]) -> None:
    assert codes(machine.clock(datetime(year, 2, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), kept)) == said


def test_what_could_not_be_asked() -> None:
    assert codes(machine.queue("Postfix is not here", 0.0)) == ["queue-unasked"]
    assert codes(machine.disk("/var/mail", "no such file or directory")) == ["disk-unasked"]
