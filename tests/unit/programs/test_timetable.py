from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mailwright.core import paths
from mailwright.core.periods import DAY, following, start
from mailwright.host.stamps import of_file
from mailwright.programs import timetable

NOW = 1_800_000_000.0
RULES = {"interval": "weekly", "count": 4, "size": 0}


class World:
    """A folder that stands for the volumes, and what was mailed and reopened."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.mailed: list[tuple[str, float, float]] = []
        self.reopened = 0
        self.log = folder / "log" / "mail.log"
        self.log.parent.mkdir()
        self.plan, self.next = folder / "plan.json", folder / "next.json"
        monkeypatch.setattr(timetable, "PLAN", str(self.plan))
        monkeypatch.setattr(timetable, "LOG", str(self.log))
        monkeypatch.setattr(timetable, "REPORTED", folder / "state" / "reported.json")
        monkeypatch.setattr(paths, "LOG", str(self.log.parent))
        monkeypatch.setattr(paths, "TIMETABLE_NEXT", str(self.next))
        monkeypatch.setattr(timetable, "reopen", self.reopen)
        monkeypatch.setattr(timetable, "mail", lambda _plan, *what: self.mailed.append(what))

    def reopen(self) -> None:
        self.reopened += 1

    def run(self, now: float, *triggers: str, **rules: Any) -> None:
        reports = [{"trigger": trigger, "recipient": "a@b.test", "sender": "c@b.test"} for trigger in triggers]
        plan = {"hostname": "h", "rotation": {**RULES, **rules}, "reports": reports, "acme": ""}
        self.plan.write_text(json.dumps(plan))
        timetable.main(now)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_each_day_is_reported_once_whatever_happens_in_between(world: World) -> None:
    today = start("daily", NOW)
    for now in (NOW, NOW + 60, NOW + DAY, NOW + DAY + 60, NOW + 4 * DAY, NOW + 4 * DAY - 30, NOW + 5 * DAY):
        world.run(now, "daily")
    # After a stop of days, one report holds all of them.
    days = [(1, 0), (4, 1), (5, 4)]
    assert world.mailed == [("daily", today + since * DAY, today + until * DAY) for until, since in days]


def test_a_report_that_fails_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run(NOW, "daily")
    with monkeypatch.context() as patch:
        patch.setattr(timetable, "mail", lambda *_: (_ for _ in ()).throw(OSError(75, "no Postfix")))
        with pytest.raises(OSError, match="no Postfix"):
            world.run(NOW + DAY, "daily")
    world.run(NOW + DAY, "daily")
    assert len(world.mailed) == 1


def test_a_clock_that_was_wrong_for_years(world: World) -> None:
    world.run(NOW + 1000 * DAY, "daily")
    world.run(NOW, "daily")
    world.run(NOW + DAY, "daily")
    assert world.mailed == [("daily", start("daily", NOW), start("daily", NOW + DAY))]


def test_a_report_for_each_rotation(world: World) -> None:
    world.run(NOW, "rotation", "weekly")
    world.log.write_text("2027-01-15T00:00:01.000000+00:00 h p: x\n")
    world.run(NOW + 60, "rotation", "weekly")
    assert world.mailed == []
    week = following("weekly", NOW)
    world.run(week + 5, "rotation", "weekly")
    world.run(week + 9, "rotation", "weekly")
    assert world.mailed == [("rotation", NOW, week + 5), ("weekly", start("weekly", NOW), week)]
    assert world.log.read_text() == ""


def test_rotation_without_reports_writes_no_state(world: World) -> None:
    world.log.write_text("2027-01-01T00:00:01.000000+00:00 h p: x\n")
    world.run(NOW)
    assert world.log.with_name("mail.log.1").exists()
    assert not timetable.REPORTED.exists()


def test_count_0_keeps_the_lines_until_they_are_reported(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.run(NOW, "rotation", count=0)
    world.log.write_text("2027-01-01T00:00:01.000000+00:00 h p: x\n")
    seen: list[bool] = []
    monkeypatch.setattr(timetable, "mail", lambda *_: seen.append(world.log.with_name("mail.log.1").exists()))
    world.run(NOW + 60, "rotation", count=0)
    assert seen == [True]
    assert [path.name for path in world.log.parent.iterdir()] == ["mail.log"]


def test_logs_of_others_go_with_it(world: World) -> None:
    for name in ("mail.log", "rspamd.log", "empty.log"):
        world.log.with_name(name).write_text("2027-01-01T00:00:01.000000+00:00 h p: x\n" * (name != "empty.log"))
    world.run(NOW)
    names = sorted(path.name for path in world.log.parent.iterdir())
    assert names == ["empty.log", "mail.log", "mail.log.1", "rspamd.log", "rspamd.log.1"]


def test_a_large_log_of_another_program_goes_by_itself(world: World) -> None:
    world.log.with_name("own.log").write_text("x" * 50)
    world.run(NOW, size=50)
    assert sorted(path.name for path in world.log.parent.iterdir()) == ["own.log", "own.log.1"]


def test_without_a_log_nothing_is_made(world: World) -> None:
    world.run(NOW)
    assert list(world.log.parent.iterdir()) == []


def test_the_next_run_is_written_down(world: World) -> None:
    world.run(NOW, "daily", "rotation", interval="monthly", size=9)
    plan = list(of_file(str(world.plan)))
    assert json.loads(world.next.read_text()) == {
        "made": NOW, "due": following("daily", NOW), "size": 9, "plan": plan,
    }  # fmt: skip
    world.run(NOW, "rotation", interval="monthly")
    assert json.loads(world.next.read_text())["due"] == following("monthly", NOW)
