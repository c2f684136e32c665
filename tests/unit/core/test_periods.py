from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from mailwright.core.periods import Interval, following, is_over, start


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[ZoneInfo]:
    """The local time zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield ZoneInfo(request.param)
    monkeypatch.undo()
    time.tzset()


def at(text: str, zone: ZoneInfo) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Los_Angeles"], indirect=True)
@pytest.mark.parametrize(
    ("interval", "now", "begin", "end"),
    [
        ("daily", "2026-11-27T14:00", "2026-11-27", "2026-11-28"),
        ("daily", "2026-11-27T00:00", "2026-11-27", "2026-11-28"),
        ("weekly", "2026-11-27T14:00", "2026-11-23", "2026-11-30"),
        ("weekly", "2026-11-23T00:00", "2026-11-23", "2026-11-30"),
        ("monthly", "2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
        ("monthly", "2027-02-01T00:00", "2027-02-01", "2027-03-01"),
    ],
)
def test_periods(zone: ZoneInfo, interval: Interval, now: str, begin: str, end: str) -> None:
    moment = at(now, zone)
    assert start(interval, moment) == at(begin, zone)
    assert following(interval, moment) == at(end, zone)


@pytest.mark.parametrize(
    ("zone", "day"), [("Europe/Berlin", "2026-03-29"), ("Europe/Berlin", "2026-10-25")], indirect=["zone"]
)
def test_each_day_is_one_period_when_the_clock_changes(zone: ZoneInfo, day: str) -> None:
    moment = begin = at(day, zone)
    while moment < following("daily", begin):
        assert start("daily", moment) == begin
        moment += 600
    assert (following("daily", begin) - begin) / 3600 in (23, 25)
    assert start("daily", moment) == following("daily", begin)


@pytest.mark.parametrize("zone", ["Africa/Cairo"], indirect=True)
def test_a_day_without_midnight(zone: ZoneInfo) -> None:
    before = at("2026-04-23T12:00", zone)
    assert following("daily", before) == at("2026-04-24T01:00", zone)
    assert start("daily", at("2026-04-24T05:00", zone)) == following("daily", before)


@pytest.mark.parametrize("zone", ["UTC"], indirect=True)
def test_a_clock_that_jumps_begins_no_period_twice(zone: ZoneInfo) -> None:
    midnight = at("2026-11-28", zone)
    assert is_over("daily", midnight - 1, midnight)
    assert not is_over("daily", midnight + 30, midnight - 10)
    assert is_over("daily", midnight + 3 * 86400, midnight)
