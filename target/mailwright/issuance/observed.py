"""What the state says about each certificate that the server gets itself, as plain values."""

from __future__ import annotations

import time
from typing import Any

from mailwright.issuance import schedule, store, words
from mailwright.issuance.plan import Plan


def rows(plan: Plan) -> list[dict[str, Any]]:
    """Each certificate: state, names, end, the next try or renewal, and what failed. The keys are stable."""
    known, _ = store.load_status()
    return [_row(one.name, known, time.time()) for one in plan.orders]


def _row(name: str, known: Any, now: float) -> dict[str, Any]:
    found, record = store.stored(name).certificate, known.records.get(name)
    error = record.error if record else ""
    if error and record:
        following = f"try {words.moment(max(record.next_try, known.not_before))}"
    else:
        following = f"renewal {words.moment(schedule.renewal(found))}" if found else "now"
    state = "expired" if found and found.not_after.timestamp() <= now else "valid" if found else "none yet"
    return {
        "name": name,
        "state": f"{state}, failed {record.failures} times" if error and record else state,
        "names": list(found.names) if found else [],
        "until": f"{found.not_after:%Y-%m-%d}" if found else "",
        "next": following,
        "error": error,
        "left_out": dict(record.left_out) if record else {},
        "waits_for": record.waits_for if record else "",
    }
