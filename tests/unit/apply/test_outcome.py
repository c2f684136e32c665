from __future__ import annotations

from pathlib import Path

from mailwright.apply.outcome import Outcome

HELD = Outcome(3, "2026-01-01T00:00:00+00:00", "applied", ("a.cf:3: bad",), ("b.cf:1: odd",))


def test_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert Outcome.load(path) == Outcome()
    HELD.save(path)
    assert Outcome.load(path) == HELD
    assert path.stat().st_mode & 0o777 == 0o600
    assert Outcome.read(HELD.text()) == HELD


def test_what_is_new() -> None:
    moved = Outcome(4, "", "", ("a.cf:7: bad", "a.cf:8: worse"), ("b.cf:1: odd",))
    assert (moved.new_since(HELD).problems, moved.new_since(HELD).warnings) == (("a.cf:8: worse",), ())
    assert HELD.new_since(Outcome()).problems == HELD.problems
