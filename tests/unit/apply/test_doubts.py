"""What becomes of a checker's doubt at a start and live. The checkers' words themselves are in tests/daemons."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.apply import checks
from mailwright.apply.checks import Moment, check
from mailwright.core.tree import Tree
from mailwright.host.commands import Done
from tests.unit.operator import mailserver, told

NEW = "words of a newer release"


def findings(monkeypatch: pytest.MonkeyPatch, moment: Moment, staged: Done, running: Done | None = None) -> list[str]:
    """The Problems when doveconf ends as ``staged``, and as ``running`` for the configuration in use."""

    def run(command: list[str], **_: object) -> Done:
        return staged if "/staged/dovecot/dovecot.conf" in command else running or Done(0)

    monkeypatch.setattr(checks, "run", run)
    return told(check(mailserver(), Tree(), Path("/staged"), ["dovecot"], moment))


@pytest.mark.parametrize("moment", [Moment.START, Moment.PATCHED])
def test_an_unknown_warning_lets_the_server_start(monkeypatch: pytest.MonkeyPatch, moment: Moment) -> None:
    assert findings(monkeypatch, moment, Done(0, "", NEW)) == [f"warning: dovecot: {NEW}"]


def test_a_change_with_an_unknown_warning_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(monkeypatch, Moment.LIVE, Done(0, "", NEW)) == [f"dovecot: {NEW}"]


def test_a_change_is_not_refused_for_a_doubt_of_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    staged, running = f"/staged/dovecot/local.conf:7: {NEW}", f"/etc/dovecot/local.conf:5: {NEW}"
    said = findings(monkeypatch, Moment.LIVE, Done(0, "", staged), Done(0, "", running))
    assert said == [f"warning: /etc/dovecot/local.conf:7: /etc/dovecot/local.conf:7: {NEW}"]


def test_a_checker_that_fails_refuses_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(monkeypatch, Moment.START, Done(89, "", NEW)) == [f"dovecot: {NEW}"]
    assert findings(monkeypatch, Moment.START, Done(1)) == ["dovecot: doveconf ended with exit code 1"]


def test_a_known_warning_is_one_live_too(monkeypatch: pytest.MonkeyPatch) -> None:
    said = findings(monkeypatch, Moment.LIVE, Done(0, "", "doveconf: Warning: low"))
    assert said == ["warning: dovecot: doveconf: Warning: low"]
