"""kill -9 at each step of an apply leaves the old or the new configuration, never a mix."""

from __future__ import annotations

from pathlib import Path

from tests.container.docker import IMAGE, LABEL, docker

HERE = Path(__file__).resolve().parent


def test_killed_between_any_two_steps() -> None:
    mounts = ("--tmpfs", "/run", "-v", f"{HERE}/killer.py:/killer.py:ro")
    said = docker(
        "run", "--rm", "--label", LABEL, "--hostname", "mail.example.test", *mounts, IMAGE, "python3", "/killer.py"
    ).splitlines()
    assert said[:-1] == []
    assert int(said[-1].removeprefix("STEPS ")) > 20
