from __future__ import annotations

from http.client import BadStatusLine
from pathlib import Path
from xml.parsers.expat import ExpatError

import pytest

from mailwright.apply.outcome import MEANT, Outcome
from mailwright.core import paths
from mailwright.observe import ports
from mailwright.programs import health


def state(statename: str, *, start: int, stop: int = 0, now: int = 1000) -> dict[str, object]:
    """A program as supervisord tells it; 0 is never."""
    told = {"name": "postfix", "statename": statename, "description": "Not started", "spawnerr": ""}
    return {**told, "start": start, "stop": stop, "now": now}


@pytest.mark.parametrize(
    ("program", "young"),
    [
        (state("STOPPED", start=0), True),
        (state("STARTING", start=1000), True),
        (state("RUNNING", start=995), True),
        (state("RUNNING", start=980), False),
        (state("BACKOFF", start=1000), False),
        (state("FATAL", start=1000), False),
        (state("STOPPED", start=995, stop=999), False),
        (state("RUNNING", start=999, stop=998), False),
    ],
)
def test_a_first_start_is_no_error(program: dict[str, object], young: bool) -> None:
    assert health.is_young(program) is young


def test_a_program_that_does_not_run_is_named() -> None:
    assert ports.stopped(state("STOPPED", start=0)) == "postfix is STOPPED: Not started"
    assert [ports.stopped(state(name, start=1)) for name in ports.RUNNING] == ["", ""]


def test_no_stream_is_made_where_boot_has_made_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "STREAM", str(tmp_path / "stdout"))
    health.complain(["postfix is FATAL"])
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "stdout").touch()
    health.complain(["postfix is FATAL"])
    assert (tmp_path / "stdout").read_text().endswith("error: unhealthy: postfix is FATAL\n")


@pytest.mark.parametrize(
    ("problem", "code", "said"),
    [
        ("main.cf:1: wrong", 0, ["not applied: main.cf:1: wrong", "healthy, running the previous configuration"]),
        (f"a.cf: is no longer there (hint: {MEANT} # none)", 1, [f"a.cf: is no longer there (hint: {MEANT} # none)"]),
    ],
)
def test_only_lost_accounts_are_unhealthy_of_what_is_not_applied(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], problem: str, code: int, said: list[str]
) -> None:
    monkeypatch.setattr(health, "complain", lambda _: None)
    monkeypatch.setattr(health, "stopped_processes", list)
    verdicts: list[bool] = []
    monkeypatch.setattr(health, "remember", lambda *, is_healthy: verdicts.append(is_healthy))
    monkeypatch.setattr(Outcome, "load", lambda: Outcome(3, problems=(problem,)))
    monkeypatch.setattr(health, "examined", lambda *_: ([], []))
    assert health.main() == code
    assert verdicts == [code == 0]
    assert capsys.readouterr().out.splitlines() == said


@pytest.mark.parametrize("error", [BadStatusLine("x"), ExpatError("no element found"), ConnectionResetError("reset")])
def test_a_supervisord_that_dies_while_it_answers_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    def dies() -> object:
        raise error

    monkeypatch.setattr(health, "supervisor", dies)
    findings, passing = health.examined(tmp_path, tmp_path)
    assert (len(findings), passing) == (1, [])
    assert findings[0].startswith("supervisord does not answer: ")
