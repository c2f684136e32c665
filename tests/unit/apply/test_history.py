from __future__ import annotations

from pathlib import Path

from mailwright import __version__
from mailwright.apply import history
from mailwright.apply.causes import Causes
from mailwright.apply.file_changes import FileChange
from mailwright.apply.history import KEPT, LONGEST, Entry

CHANGE = FileChange("postfix/main.cf", parameters=("message_size_limit",))
REFUSAL = Entry.now(Causes(files=("a.cf",)), problems=("a.cf:1: wrong",), generation=3)


def test_kept_in_order_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.json"
    assert history.entries(path) == []
    made = [
        Entry.now(Causes(events=(f"{n}",)), files=(CHANGE,), actions=("reloaded postfix",)) for n in range(KEPT + 3)
    ]
    for entry in made:
        history.add(entry, path)
    assert history.entries(path) == made[3:]
    assert path.stat().st_mode & 0o777 == 0o600
    assert made[0].version == __version__


def test_a_refusal_that_comes_again_is_kept_once(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    for entry in (
        REFUSAL,
        Entry("later", **{name: getattr(REFUSAL, name) for name in ("causes", "problems", "generation")}),
    ):
        history.add(entry, path)
    assert history.entries(path) == [REFUSAL]
    start = Entry.now(Causes(events=("start",)))
    for entry in (start, start, REFUSAL):
        history.add(entry, path)
    assert history.entries(path) == [REFUSAL, start, start, REFUSAL]


def test_long_lists_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    many = tuple(str(number) for number in range(LONGEST + 5))
    history.add(Entry("now", many, (FileChange("a", parameters=many),) * (LONGEST + 5), many, many), path)
    (entry,) = history.entries(path)
    lists = (entry.causes, entry.files, entry.actions, entry.problems, entry.files[0].parameters)
    assert [len(one) for one in lists] == [LONGEST] * 5


def test_a_broken_file_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    for text in ("", "{}", "[1]", '[{"at": "x"}]', "\x00"):
        path.write_text(text)
        assert history.entries(path) == []
    history.add(REFUSAL, path)
    assert history.entries(path) == [REFUSAL]


def test_a_state_that_can_not_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a folder")
    history.add(REFUSAL, tmp_path / "state" / "history.json")
