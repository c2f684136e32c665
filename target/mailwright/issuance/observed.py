"""What the state says about each certificate that the server gets itself, as plain values."""

from __future__ import annotations

import time
from typing import Any

from mailwright.core.values import amount
from mailwright.issuance import schedule, store, words
from mailwright.issuance.plan import Plan


def rows(plan: Plan) -> list[dict[str, Any]]:
    """Each certificate: state, names, end, the next try or renewal, and what failed. The keys are stable."""
    known, _ = store.load_status()
    return [_row(one.name, known, time.time()) for one in plan.orders]


def _row(name: str, known: Any, now: float) -> dict[str, Any]:
    found, record = store.stored(name).certificate, known.records.get(name)
    error, left_out = (record.error, dict(record.left_out)) if record else ("", {})
    if error and record:
        following = f"try {words.moment(known.retry(record))}"
    elif found:
        following = f"renewal {words.moment(schedule.renewal(found))}"
    else:  # no name leads here
        following = f"look at DNS {words.moment(known.next_run)}" if left_out else "now"
    state = "expired" if found and found.not_after.timestamp() <= now else "valid" if found else "none yet"
    return {
        "name": name,
        "state": f"{state}, failed {amount(record.failures, 'time')}" if error and record else state,
        "names": list(found.names) if found else [],
        "until": f"{found.not_after:%Y-%m-%d}" if found else "",
        "next": following,
        "error": error,
        "left_out": left_out,
        "waits_for": record.waits_for if record else "",
    }
