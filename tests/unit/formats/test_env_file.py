from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.textfile import decode
from mailwright.core.values import Value
from mailwright.formats import env_file
from tests.unit.operator import file, told


def parsed(text: str) -> tuple[dict[str, tuple[str, str]], list[str]]:
    rows, problems = env_file.statements(file(text, "mailserver.env"))
    return {name: (value.text, value.origin) for name, value in rows}, told(problems)


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
    assert env_file.statements(read)[0] == [
        ("A", Value("1", "mailserver.env:1")),
        ("B", Value("2", "mailserver.env:3")),
    ]


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


@given(st.text() | st.text(alphabet="AB_=#'\"\\\n\r ${}x1"))
def test_any_text_is_parsed_with_places_inside_it(text: str) -> None:
    read, _ = decode("mailserver.env", text.encode("utf-8", "replace"))
    rows, problems = env_file.statements(read)
    lines = read.text.split("\n")
    for where in [value.origin for _, value in rows] + [problem.where for problem in problems]:
        name, _, line = where.rpartition(":")
        assert name == "mailserver.env"
        assert lines[int(line) - 1].strip()
