from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.textfile import decode
from mailwright.core.values import Said
from mailwright.formats import env_file
from tests.unit.operator import file, told

KNOWN = ("TZ", "SECRET")


def parsed(text: str) -> tuple[dict[str, tuple[str, str]], list[str]]:
    values, problems = env_file.env_file_values(file(text, "mailserver.env"))
    return {name: (said.text, said.origin) for name, said in values.items()}, told(problems)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A=1\nB = two\n", {"A": ("1", "mailserver.env:1"), "B": ("two", "mailserver.env:2")}),
        ("# c\n\n\nA=1 # c\n\nB='a # b'\n", {"A": ("1", "mailserver.env:4"), "B": ("a # b", "mailserver.env:6")}),
        ("export A=1\n\n\nB=\n", {"A": ("1", "mailserver.env:1"), "B": ("", "mailserver.env:4")}),
        ("A=${B}\n", {"A": ("${B}", "mailserver.env:1")}),
        ('A="x\ny"\nB=1', {"A": ("x\ny", "mailserver.env:1"), "B": ("1", "mailserver.env:3")}),
    ],
)
def test_values_and_lines(text: str, values: dict[str, tuple[str, str]]) -> None:
    assert parsed(text) == (values, [])


def test_windows_file() -> None:
    read, problems = decode("mailserver.env", b"\xef\xbb\xbfA=1\r\n\r\nB=2\r\n")
    assert not problems
    assert env_file.env_file_values(read)[0] == {
        "A": Said("1", "mailserver.env:1"),
        "B": Said("2", "mailserver.env:3"),
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\n\nnonsense\n", "mailserver.env:3: is not a line of the form NAME=value"),
        ("\n\nA='open\nB=1\n", "mailserver.env:3: is not a line of the form NAME=value"),
        ("A=1\nA=2\n", "warning: mailserver.env:2: A: is set twice; this line wins over mailserver.env:1"),
    ],
)
def test_broken_lines(text: str, said: str) -> None:
    assert parsed(text)[1] == [said]


def test_the_last_of_two_wins() -> None:
    assert parsed("A=1\nA=2\n")[0] == {"A": ("2", "mailserver.env:2")}


def test_the_environment_wins_and_empty_is_unset() -> None:
    low = {name: Said("low", "mailserver.env:1") for name in ("A", "B", "C")} | {"D": Said("", "mailserver.env:2")}
    merged = env_file.merged({"A": "high", "B": ""}, low)
    assert merged == {"A": Said("high", "environment"), "B": low["B"], "C": low["C"]}


def test_secrets() -> None:
    values = {
        "TZ__FILE": Said("/run/tz", "environment"),
        "SECRET": Said("said", "environment"),
        "SECRET__FILE": Said("/run/secret", "mailserver.env:3"),
        "OTHER__FILE": Said("/run/other", "environment"),
    }
    assert env_file.secret_paths(values, KNOWN) == {"TZ": "/run/tz"}
    resolved, problems = env_file.with_secrets(values, {"/run/tz": "Europe/Berlin\r\n"}, KNOWN)
    assert resolved == {
        "TZ": Said("Europe/Berlin", "environment (/run/tz)"),
        "SECRET": values["SECRET"],
        "OTHER__FILE": values["OTHER__FILE"],
    }
    assert told(problems) == ["warning: mailserver.env:3: SECRET__FILE: SECRET is set too and wins"]


def test_a_secret_that_is_not_there() -> None:
    resolved, problems = env_file.with_secrets({"TZ__FILE": Said("/no", "environment")}, {}, KNOWN)
    assert resolved == {}
    assert told(problems) == ["environment: TZ__FILE: /no can't be read"]


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\rb", "a\0b", "a\u2028b", "\x7f"])
def test_control_characters(text: str) -> None:
    problem = env_file.control_characters("TZ", Said(text, "environment"))
    assert told([problem] if problem else []) == ["environment: TZ: has a line break or control character"]


def test_no_control_characters() -> None:
    assert env_file.control_characters("TZ", Said("Europe/Berlin ä", "environment")) is None


@given(st.text() | st.text(alphabet="AB_=#'\"\\\n\r ${}x1"))
def test_any_text_is_parsed_with_places_inside_it(text: str) -> None:
    read, _ = decode("mailserver.env", text.encode("utf-8", "replace"))
    values, problems = env_file.env_file_values(read)
    lines = read.text.split("\n")
    for where in [said.origin for said in values.values()] + [problem.where for problem in problems]:
        name, _, line = where.rpartition(":")
        assert name == "mailserver.env"
        assert lines[int(line) - 1].strip()
