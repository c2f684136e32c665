from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.line_ends import with_crlf


@pytest.mark.parametrize(
    ("mail", "expected"),
    [(b"a\nb\n", b"a\r\nb\r\n"), (b"a\r\nb\n", b"a\r\nb\r\n"), (b"a", b"a"), (b"\xff\n\n", b"\xff\r\n\r\n")],
)
def test_line_ends(mail: bytes, expected: bytes) -> None:
    assert with_crlf(mail) == expected


@given(st.lists(st.sampled_from([b"\r", b"\n", b".", b"a"])).map(b"".join))
def test_each_line_ends_in_one_way(mail: bytes) -> None:
    assert with_crlf(mail) == b"\r\n".join(line.removesuffix(b"\r") for line in mail.split(b"\n"))


def test_short_lines_do_not_fill_the_memory() -> None:
    mail = b"xy\n" * 100_000
    tracemalloc.start()
    with_crlf(mail)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5 * len(mail)
