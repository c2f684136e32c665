from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.textfile import CONTROL, decode
from tests.unit.operator import told


@pytest.mark.parametrize(
    ("content", "text"),
    [(b"", ""), (b"\xef\xbb\xbfa\n", "a\n"), (b"a\r\nb\r\n", "a\nb\n"), ("ä\tb".encode(), "ä\tb")],
)
def test_text(content: bytes, text: str) -> None:
    file, problems = decode("x.cf", content)
    assert (file.text, problems) == (text, [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\nb\n\xff\n", "x.cf:3: is not UTF-8 text"),
        (b"a\nb\0c\n", "x.cf:2: has a control character (U+0000)"),
        (b"a\rb\n", "x.cf:1: has a control character (U+000D)"),
        (b"\x1b[2J", "x.cf:1: has a control character (U+001B)"),
        ("a\n\nb\u2028".encode(), "x.cf:3: has a control character (U+2028)"),
        ("a\x85".encode(), "x.cf:1: has a control character (U+0085)"),
    ],
)
def test_no_text(content: bytes, said: str) -> None:
    file, problems = decode("x.cf", content)
    assert (file.text, told(problems)) == ("", [said])


def test_rows_know_their_lines() -> None:
    file, _ = decode("x.cf", b"# comment\n\n  first  \n #x\nlast")
    assert list(file.rows()) == [(3, "first"), (5, "last")]
    assert file.at(5) == "x.cf:5"


@given(st.binary())
def test_any_bytes_become_text_without_control_characters(content: bytes) -> None:
    file, problems = decode("x.cf", content)
    assert not CONTROL.search(file.text)
    assert all(problem.where.startswith("x.cf:") for problem in problems)
