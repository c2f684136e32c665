"""timetable: rotates logs, mails reports and renews certificates that are due, and writes down when to run next.

The watching process starts it as ``python3 -m mailwright.programs.timetable``. It ends at once if nothing is due.
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault

from mailwright.core import paths, periods
from mailwright.host import files, rotation
from mailwright.host.appointments import LOG, PLAN
from mailwright.host.commands import run_visibly
from mailwright.host.log_line import line
from mailwright.host.stamps import of_file
from mailwright.host.supervisor import supervisor

REPORTED = Path(paths.REPORTED)
ACME = (sys.executable, "-m", "mailwright.programs.acme")
ROTATION = "rotation"  # a report's trigger; the others are intervals


def main(now: float) -> None:
    """What is due at ``now`` is done afterwards; OSError if something of it was not possible."""
    seen = of_file(PLAN)
    plan = json.loads(Path(PLAN).read_text(encoding="utf-8"))
    rotate(plan["rotation"], now, bool(plan["reports"]))
    report(plan, now)
    for log in logs():
        rotation.prune(log, plan["rotation"]["count"])
    if plan["acme"]:
        renew()
    note = {"made": now, "due": following(plan, now), "size": plan["rotation"]["size"], "plan": seen}
    files.write(Path(paths.TIMETABLE_NEXT), json.dumps(note))


def logs() -> list[Path]:
    """Every log in /var/log/mail, rsyslog's first."""
    others = sorted(path for path in Path(paths.LOG).glob("*.log") if path != Path(LOG) and path.is_file())
    return [Path(LOG), *(path for path in others if not path.is_symlink())]


def rotate(settings: Mapping[str, Any], now: float, reports: bool) -> None:
    """The logs are rotated if it is time; others than rsyslog's with it, or by their size alone."""
    ours, *others = logs()
    rotation.settle(ours, reopen)
    due = rotation.is_due(ours, settings["interval"], settings["size"], now)
    if due:
        rotation.swap(ours, reopen)
        print(line("watch", f"rotated {ours}"), end="", flush=True)
        if reports:
            remember({**reported(), "rotated": now})
    for log in others:
        size = log.stat().st_size
        if size and (due or 0 < settings["size"] <= size):
            rotation.copy_and_truncate(log)


def reopen() -> None:
    """Rsyslog closes its files, and opens them by name at the next line."""
    with suppress(Fault):  # it does not run: supervisord starts it again
        supervisor().signalProcess("rsyslog", "HUP")


def report(plan: Mapping[str, Any], now: float) -> None:
    """The reports of periods that have ended are mailed; a period that a stop has cut is part of the next report."""
    triggers = sorted({one["trigger"] for one in plan["reports"]})
    for trigger in triggers:
        known = reported()
        since = known.get(trigger)
        until = known.get("rotated", since or now) if trigger == ROTATION else periods.start(trigger, now)
        if since is None or since > now + periods.DAY:  # the first, or the clock was wrong
            remember({**known, trigger: until})
        elif since < until:
            mail(plan, trigger, since, until)
            remember({**known, trigger: until})


def mail(plan: Mapping[str, Any], trigger: str, since: float, until: float) -> None:
    """The report is handed to Postfix for each of its recipients."""
    from mailwright.reports import mailing
    from mailwright.reports.report import report as made

    report = made(plan["hostname"], since, until)
    for one in plan["reports"]:
        if one["trigger"] == trigger:
            mailing.send(report, trigger, one["recipient"], one["sender"])


def renew() -> None:
    """Certificates that are due are renewed; programs.acme is another program, since its libraries need memory."""
    run_visibly(ACME)


def following(plan: Mapping[str, Any], now: float) -> float:
    """When something may be due next."""
    intervals: Iterator[Any] = (one["trigger"] for one in plan["reports"] if one["trigger"] != ROTATION)
    times = [periods.following(interval, now) for interval in (plan["rotation"]["interval"], *intervals)]
    return min([*times, *([next_issue(now)] if plan["acme"] else [])])


def next_issue(now: float) -> float:
    """When programs.acme wants to run next, as its last run has written it down; after one that failed, in an hour."""
    try:
        due = float(json.loads(Path(paths.ACME_STATUS).read_text(encoding="utf-8"))["next_run"])
    except (OSError, ValueError, KeyError, TypeError):
        due = 0.0
    return due if due > now else now + 3600


def reported() -> dict[str, float]:
    """Trigger → until when its last report reaches, and ``rotated``, the last rotation."""
    try:
        return dict(json.loads(REPORTED.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def remember(known: Mapping[str, float]) -> None:
    """``known`` is what reported() says from now on, also after a power cut."""
    REPORTED.parent.mkdir(mode=0o750, exist_ok=True)
    files.write_durably(REPORTED, json.dumps(known) + "\n", 0o640)


def run() -> int:
    """The exit code of a run; only one runs at a time."""
    with files.lock_file(f"{paths.TIMETABLE_NEXT}.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return os.EX_TEMPFAIL
        os.nice(19)
        main(time.time())
    return os.EX_OK


if __name__ == "__main__":
    try:
        sys.exit(run())
    except Exception as error:  # noqa: BLE001  the door: nothing else would catch it
        from mailwright.host.failures import problem

        sys.exit(line("watch", f"error: logs and reports: {problem(error)}").rstrip())
