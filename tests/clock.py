"""The one place that asks what day it is, and writes it as mails do: no mail of a test has a date that ages.

``MAILWRIGHT_TEST_DAYS=400`` runs the suite as on the day in 400 days: servers, clients and senders alike.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from email.utils import format_datetime

DAYS = int(os.environ.get("MAILWRIGHT_TEST_DAYS") or 0)  # from today
SHIFT = DAYS * 86400  # the same in seconds


def seconds() -> float:
    """The present moment in seconds since the epoch."""
    return time.time() + SHIFT


def now() -> datetime:
    """The present moment."""
    return datetime.fromtimestamp(seconds(), UTC)


def date() -> str:
    """The present moment as the Date field of a mail has it (RFC 5322, section 3.3)."""
    return format_datetime(now())
