from __future__ import annotations

from pathlib import Path

import pytest

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
