"""acme: gets and renews certificates. programs.timetable starts it when it may be due; ``setup acme`` does so too."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from mailwright.apply import history
from mailwright.apply.causes import Causes
from mailwright.core import paths
from mailwright.host.failures import guarded
from mailwright.host.files import lock_file
from mailwright.host.log_line import line
from mailwright.issuance import plan as plans
from mailwright.issuance.run import Run, Tell


class BusyError(Exception):
    """Another run is under way."""


@contextmanager
def alone(*, patient: bool = False) -> Iterator[None]:
    """No other run is under way meanwhile; if one is, it is waited for by the ``patient``, else BusyError."""
    with lock_file(paths.ACME_LOCK) as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if patient else fcntl.LOCK_NB))
        except OSError:
            raise BusyError from None
        yield


def issue(tell: Tell, *, eager: bool = False, force: bool = False) -> bool:
    """Whether all certificates that are due are there afterwards; the history has failures that are new."""
    plan = plans.load()
    if not plan:
        return True
    with alone(patient=eager):
        run = Run(plan, time.time(), tell, eager=eager, force=force)
        done = run()
    if run.errors:
        history.add(history.Entry.now(Causes(events=("certificates are due",)), problems=tuple(run.errors)))
    return done


def say(level: str, text: str) -> None:
    """A line of the log; details are left out."""
    if level != "debug":
        mark = "" if level == "info" else f"{level}: "
        print(line("acme", mark + text), end="", flush=True)


def main() -> int:
    """The exit code: 0 also if the CA refused, which the status has."""
    try:
        issue(say)
    except BusyError:
        return os.EX_TEMPFAIL
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(guarded(main, lambda text: print(line("acme", f"error: {text}"), end="", file=sys.stderr)))
