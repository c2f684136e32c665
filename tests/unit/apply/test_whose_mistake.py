"""An edit whose pass is refused is taken back if it brought the Problem, and saved if the Problem was there before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mailwright.apply import editing as module
from mailwright.apply.editing import ALIASES, QUOTAS, RefusedError, editing
from mailwright.apply.outcome import Outcome

COMMAND = "setup alias add a@x.test b@x.test"


@dataclass
class Watch:
    """Answers as the watching process does: each file with the word ``wrong`` has a Problem."""

    config: Path
    asked: list[tuple[str, list[str]]] = field(default_factory=list)

    def outcome(self) -> Outcome:
        wrong = [path for path in sorted(self.config.iterdir()) if "wrong" in path.read_text()]
        return Outcome(1, problems=tuple(f"{path.name}:1: wrong" for path in wrong))

    def ask(self, command: str, files: Iterable[str]) -> Outcome:
        self.asked.append((command, list(files)))
        return self.outcome()


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch(tmp_path)

    @contextmanager
    def line() -> Iterator[Watch]:
        yield watch

    monkeypatch.setattr(module, "watch_line", line)
    monkeypatch.setattr(Outcome, "load", Outcome)
    (tmp_path / ALIASES.name).write_text("old@x.test b@x.test\n")
    return watch


def text(watch: Watch) -> str:
    return (watch.config / ALIASES.name).read_text()


def edit(watch: Watch, recipient: str = "b@x.test") -> None:
    with editing(watch.config, COMMAND) as changes:
        changes.lead("a@x.test", [recipient])


def test_live(watch: Watch) -> None:
    edit(watch)
    assert text(watch) == "old@x.test b@x.test\na@x.test b@x.test\n"
    assert watch.asked == [(COMMAND, [ALIASES.name])]


def test_its_own_mistake_is_taken_back(watch: Watch) -> None:
    with pytest.raises(RefusedError, match=r"^postfix-virtual.cf:1: wrong\ntaken back; nothing has changed$"):
        edit(watch, "wrong@x.test")
    assert text(watch) == "old@x.test b@x.test\n"


def test_a_mistake_that_no_pass_has_met_yet(watch: Watch) -> None:
    (watch.config / QUOTAS.name).write_text("wrong")
    message = "saved in postfix-virtual.cf; it goes live when this problem is solved"
    with pytest.raises(RefusedError, match=rf"^dovecot-quotas.cf:1: wrong\n{message}$"):
        edit(watch)
    assert "a@x.test b@x.test\n" in text(watch)


def test_a_mistake_that_stands(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    (watch.config / QUOTAS.name).write_text("wrong")
    (watch.config / "other.cf").write_text("wrong")
    monkeypatch.setattr(Outcome, "load", watch.outcome)
    with pytest.raises(RefusedError, match=r"it goes live when these 2 problems are solved$"):
        edit(watch)
    assert len(watch.asked) == 1
    assert "a@x.test b@x.test\n" in text(watch)


def test_both(watch: Watch) -> None:
    (watch.config / QUOTAS.name).write_text("wrong")
    with pytest.raises(RefusedError, match=r"^postfix-virtual.cf:1: wrong\ntaken back; nothing has changed$"):
        edit(watch, "wrong@x.test")
    assert text(watch) == "old@x.test b@x.test\n"


def test_nothing_to_do_asks_nobody(watch: Watch) -> None:
    with editing(watch.config, COMMAND):
        pass
    assert watch.asked == []
