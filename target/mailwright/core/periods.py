"""Days, weeks and months of the local time zone (TZ), as seconds since the epoch. A week begins on Monday."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Literal

Interval = Literal["daily", "weekly", "monthly"]
DAY = 86400.0


def _first_day(interval: Interval, day: date) -> date:
    if interval == "weekly":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval == "monthly" else day


def _midnight(day: date) -> float:
    """The begin of ``day``. Where the clock skips midnight, the moment of that skip."""
    return datetime.combine(day, time()).timestamp()


def start(interval: Interval, now: float) -> float:
    """When the period began in which ``now`` is."""
    return _midnight(_first_day(interval, datetime.fromtimestamp(now).date()))  # noqa: DTZ006  the local zone is meant


def following(interval: Interval, now: float) -> float:
    """When the period begins that follows the one in which ``now`` is. A day may have 23 or 25 hours."""
    first = _first_day(interval, datetime.fromtimestamp(now).date())  # noqa: DTZ006
    days = {"daily": 1, "weekly": 7, "monthly": 31}[interval]
    return _midnight(_first_day(interval, first + timedelta(days=days)))


def is_over(interval: Interval, since: float, now: float) -> bool:
    """Whether the period in which ``since`` is has ended at ``now``.

    A clock that was a little fast has begun no new period. One that was a day fast or more was wrong.
    """
    return start(interval, since) < start(interval, now) or since > now + DAY
