"""/health: a word and a status, remembered for a while."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path

import pytest

from mailwright.web import health
from mailwright.web.health import YOUNG, Health


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ports that were asked. One that is called ``silent`` does not greet."""
    lines: list[str] = []

    def ask(line: str) -> str:
        lines.append(line)
        return "does not answer" if "silent" in line else ""

    monkeypatch.setattr(health, "silent_port", ask)
    return lines


def said(one: Health) -> tuple[int, bytes]:
    async def answer() -> tuple[int, bytes]:
        made = await one.answer(None)  # type: ignore[arg-type]
        return made.status_code, bytes(made.body)

    return asyncio.run(answer())


def of(folder: Path, probes: str, verdict: str = "", age: float = 0) -> Health:
    (folder / "probes").write_text(probes)
    if verdict:
        (folder / "verdict").write_text(f"{verdict}\n")
        then = time.time() - age
        os.utime(folder / "verdict", (then, then))
    return Health(folder / "probes", folder / "verdict")


@pytest.mark.parametrize(
    ("probes", "verdict", "status"),
    [
        ("postfix smtp\n", ("", 0), 200),
        ("postfix smtp\ndovecot silent\n", ("", 0), 503),
        ("", ("", 0), 503),
        ("postfix smtp\n", ("unhealthy", 0), 503),
        ("postfix smtp\n", ("unhealthy", YOUNG + 60), 200),
        ("dovecot silent\n", ("healthy", 0), 503),
    ],
)
@pytest.mark.usefixtures("asked")
def test_what_is_said(tmp_path: Path, probes: str, verdict: tuple[str, float], status: int) -> None:
    assert said(of(tmp_path, probes, *verdict)) == (status, b"healthy\n" if status == 200 else b"unhealthy\n")


def test_many_questions_look_once(tmp_path: Path, asked: list[str]) -> None:
    one = of(tmp_path, "postfix smtp\nnginx http 127.0.0.1 80 plain HTTP/1.1\n")

    async def many() -> list[int]:
        answers = await asyncio.gather(*(one.answer(None) for _ in range(50)))  # type: ignore[arg-type]
        return [answer.status_code for answer in answers]

    assert asyncio.run(many()) == [200] * 50
    assert asked == ["postfix smtp"]  # not itself
