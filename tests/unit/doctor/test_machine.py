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
    (finding,) = machine.queue(waiting, 8000.0)
    assert finding.code == "mail-waits"
    reason = "'connect to x[192.0.2.1]:25: timed out\\n'"
    assert finding.what == f"2 mails in the queue for more than an hour, the oldest for 1:56:40: {reason}"
    (finding,) = machine.queue([Waiting(1000.0)], 8000.0)
    assert finding.what == "1 mail in the queue for more than an hour, the oldest for 1:56:40: no reason recorded"


@pytest.mark.parametrize(
    ("volume", "expected"),
    [
        (Volume(50 * GB, 100 * GB), []),
        (Volume(9 * GB, 100 * GB), ["disk-full"]),
        (Volume(GB // 4, GB), ["disk-full"]),
        (Volume(50 * GB, 100 * GB, 4, 100), ["disk-inodes"]),
        (Volume(50 * GB, 100 * GB, 6, 100), []),
        (Volume(0, 100 * GB, 0, 100), ["disk-full", "disk-inodes"]),
    ],
)
def test_disk(volume: Volume, expected: list[str]) -> None:
    assert codes(machine.disk("/var/mail", volume)) == expected


def test_the_number_of_files_left() -> None:
    (finding,) = machine.disk("/var/mail", Volume(50 * GB, 100 * GB, 1, 100))
    assert finding.what == "/var/mail has room for only 1 more file"


def test_mail_of_another_user() -> None:
    assert machine.owners([], (5000, 5000)) == []
    (finding,) = machine.owners(["/var/mail/a.test"], (5000, 5000))
    assert finding.code == "mail-owner"
    assert finding.what == "/var/mail/a.test belongs to another user than 5000:5000: mail for it waits"


@pytest.mark.parametrize(
    ("year", "synchronized", "expected"),
    [(2026, True, []), (2026, False, ["clock-alone"]), (2026, None, ["clock-unasked"]), (1970, True, ["clock-behind"])],
)
def test_clock(year: int, synchronized: bool | None, expected: list[str]) -> None:
    assert (
        codes(machine.clock(datetime(year, 2, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), synchronized))
        == expected
    )


def test_what_could_not_be_read() -> None:
    assert codes(machine.queue("Postfix is not here", 0.0)) == ["queue-unasked"]
    assert codes(machine.disk("/var/mail", "no such file or directory")) == ["disk-unasked"]
