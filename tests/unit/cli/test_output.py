from __future__ import annotations

import json
import sys

import pytest

from mailwright.cli import output
from mailwright.core.problems import Problem

RED, YELLOW, GREEN = "\x1b[31m", "\x1b[33m", "\x1b[32m"
PROBLEMS = [Problem("b", "wrong"), Problem("a", "doubtful", "", True)]
ROWS: list[dict[str, object]] = [
    {"name": "bob", "used": 5, "more": ["x", "y"]},
    {"name": "al", "used": None, "more": []},
]
COLUMNS = {"name": "account", "used": "used", "more": "more"}


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """stdout and stderr are terminals."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    output.tell(PROBLEMS)
    output.done("added", ["odd"])
    return capsys.readouterr().err


def test_colours_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    lines = printed(capsys).splitlines()
    assert [line[:5] for line in lines] == [YELLOW, RED, YELLOW, GREEN]
    assert "warning: a: doubtful" in lines[0]
    assert "b: wrong" in lines[1]


def test_no_color(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    monkeypatch.setenv("NO_COLOR", "1")
    assert printed(capsys) == "warning: a: doubtful\nb: wrong\nwarning: odd\nadded\n"


def test_no_colours_elsewhere(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert printed(capsys) == "warning: a: doubtful\nb: wrong\nwarning: odd\nadded\n"


def test_json_has_none(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    on_a_terminal(monkeypatch)
    output.show(ROWS, COLUMNS, True, "nothing", {"used": lambda number: f"{number}!"})
    assert json.loads(capsys.readouterr().out) == ROWS


def test_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    output.show(ROWS, COLUMNS, False, "nothing", {"used": lambda number: f"{number}!"})
    assert capsys.readouterr().out == "account  used  more\nbob      5!    x, y\nal       -     -\n"
    output.show([], COLUMNS, False, "nothing")
    assert capsys.readouterr().out == "nothing\n"


EVIL = "a\x1b[31mb\x85c\u2028d\u202e\x9be\udcff"
SHOWN = "a\\x1b[31mb\\x85c\\u2028d\\u202e\\x9be\\udcff"


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_that_others_wrote_steers_the_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    if terminal:
        on_a_terminal(monkeypatch)
    output.say(f"{EVIL}\nnext\tline")
    output.say(EVIL, "error")
    output.tell([Problem(f"rspamd/{EVIL}\nforged", "wrong", EVIL)])
    output.done(EVIL, [EVIL])
    output.show_lines([output.styled(EVIL, "ok")])
    output.show([{"name": EVIL, "used": EVIL, "more": [EVIL, EVIL]}], COLUMNS, False, "nothing")
    printed = "".join(capsys.readouterr())
    for colour in (RED, YELLOW, GREEN, "\x1b[0m"):
        printed = printed.replace(colour, "")
    assert printed.count(SHOWN) == 11
    assert {char for char in printed if not char.isprintable()} == {"\n", "\t"}


def test_json_escapes_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    output.show([{"name": EVIL}], COLUMNS, True, "nothing")
    text = capsys.readouterr().out
    assert json.loads(text) == [{"name": EVIL}]
    assert text.isascii()
