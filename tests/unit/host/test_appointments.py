from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mailwright.core import paths
from mailwright.host import appointments
from mailwright.host.appointments import Appointments
from mailwright.host.stamps import of_file


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan, a log of 50 bytes, and the note of a run at 1000 that named 2000."""
    for name in ("plan", "log", "next"):
        (tmp_path / name).write_text("x" * 50)
    monkeypatch.setattr(appointments, "PLAN", str(tmp_path / "plan"))
    monkeypatch.setattr(appointments, "LOG", str(tmp_path / "log"))
    monkeypatch.setattr(paths, "TIMETABLE_NEXT", str(tmp_path / "next"))
    note(tmp_path)
    return tmp_path


def note(folder: Path, **more: object) -> None:
    plain = {"made": 1000.0, "due": 2000.0, "size": 100, "plan": of_file(str(folder / "plan"))}
    (folder / "next").write_text(json.dumps({**plain, **more}))


@pytest.mark.usefixtures("places")
def test_a_run_is_due_at_its_time_and_when_the_clock_went_back() -> None:
    dates = Appointments()
    assert [now for now in (999, 1000, 1999, 2000, 9000) if dates.is_due(now)] == [999, 2000, 9000]
    assert dates.wait(1400) == 600


def test_a_run_is_due_when_the_plan_is_another(places: Path) -> None:
    dates = Appointments()
    (places / "plan").write_text("another")
    assert dates.is_due(1500)


def test_a_run_is_due_when_the_log_is_too_large_but_not_all_the_time(places: Path) -> None:
    dates = Appointments()
    (places / "log").write_text("x" * 100)
    assert not dates.is_due(1009)
    assert dates.is_due(1100)
    note(places, size=0)
    assert not Appointments().is_due(1100)


def test_without_a_note_a_run_is_due(places: Path) -> None:
    (places / "next").write_text("{")
    assert Appointments().is_due(1000)


def test_a_run_that_fails_is_repeated_later_and_later(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [256, 256, 256, 0]
    monkeypatch.setattr(os, "posix_spawn", lambda *_: 77)
    monkeypatch.setattr(os, "waitpid", lambda pid, _flags: (pid, codes.pop(0)))
    dates, now, waits = Appointments(), 2000.0, []
    for _ in range(3):
        dates.keep(now)
        assert dates.child == 77
        assert dates.wait(now) == 1
        dates.keep(now)
        waits.append(dates.wait(now))
        now = dates.due
    assert waits == [5, 10, 20]
    dates.keep(now)
    note(places, made=now, due=9000.0)
    dates.keep(now)
    assert (dates.child, dates.failures, dates.due) == (0, 0, 9000.0)
