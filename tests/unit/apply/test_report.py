from __future__ import annotations

import errno

import pytest

from mailwright.apply import report
from mailwright.apply.causes import Causes
from mailwright.apply.file_changes import FileChange
from mailwright.apply.history import Entry
from mailwright.apply.outcome import Outcome
from mailwright.apply.report import Pass, sentence
from mailwright.core.problems import Problem
from mailwright.host.log import Log

CHANGE = FileChange("postfix/main.cf", parameters=("message_size_limit",))
ENV = Causes(files=("mailserver.env",))
WRONG = Problem("a.cf:1", "wrong")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    """What is added to the history."""
    entries: list[Entry] = []
    monkeypatch.setattr("mailwright.apply.history.add", entries.append)
    monkeypatch.setattr("mailwright.apply.history.entries", lambda: entries)
    return entries


@pytest.mark.parametrize(
    ("changes", "actions", "failed", "text"),
    [
        (
            [CHANGE],
            ["reloaded postfix"],
            False,
            "applied 1 file (postfix/main.cf: message_size_limit), because mailserver.env changed; reloaded postfix",
        ),
        ([CHANGE, FileChange("b")], [], False, "applied 2 files (postfix/main.cf: message_size_limit, b), "
         "because mailserver.env changed; live at once"),
        ([FileChange("b")], [], True, "applied 1 file (b), because mailserver.env changed; see the errors"),
        ([], ["reloaded postfix"], False, "took up the configuration again, because mailserver.env changed; "
         "reloaded postfix"),
    ],
)  # fmt: skip
def test_the_sentence(changes: list[FileChange], actions: list[str], failed: bool, text: str) -> None:
    assert sentence(changes, ENV, actions, failed=failed) == text


def test_a_refusal_is_kept_and_told_once(kept: list[Entry], capsys: pytest.CaptureFixture[str]) -> None:
    first = report.refused([WRONG], Pass(Outcome(4), ENV, Log()))
    assert (first.generation, first.problems, first.waiting) == (4, ("a.cf:1: wrong",), ENV)
    again = report.refused([WRONG], Pass(first, Causes(files=("b.cf",)), Log()))
    assert again.waiting.files == ("mailserver.env", "b.cf")
    assert [(entry.causes, entry.problems) for entry in kept] == [(("mailserver.env changed",), ("a.cf:1: wrong",))]
    assert capsys.readouterr().out.count("1 problem; keeping the running configuration") == 1


def test_a_pass_that_breaks_keeps_its_cause(kept: list[Entry]) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/var/mail-state/lib-postfix")
    outcome = report.broken(full, Pass(Outcome(4), ENV, Log()))
    why = "volumes: /var/mail-state is full (hint: free some space)"
    assert outcome.problems == (f"could not look at the configuration: {why}",)
    assert (outcome.generation, outcome.waiting, len(kept)) == (4, ENV, 1)


def test_starts(kept: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    report.started(["dovecot", "postfix"], 1)
    report.start_refused([WRONG, Problem("a", "doubtful", "", True)])
    monkeypatch.setattr("mailwright.apply.report.__version__", "99")
    report.started(["dovecot"], 1)
    assert [entry.causes[:1] for entry in kept] == [("start",)] * 3
    assert kept[0].actions == ("started dovecot, postfix",)
    assert kept[1].problems == ("a.cf:1: wrong",)
    assert kept[2].causes[1].startswith("update from version ")
