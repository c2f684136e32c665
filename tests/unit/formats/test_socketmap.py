"""socketmap_table(5)."""

from __future__ import annotations

import pytest

from mailwright.formats import socketmap


def test_a_question_is_the_table_and_the_whole_rest() -> None:
    held = b"17:aliases a b'@x.te,3:x y,"
    first = socketmap.first(held)
    assert first == b"17:aliases a b'@x.te,"
    assert socketmap.question(first) == ("aliases", "a b'@x.te")
    assert socketmap.first(held[len(first) :]) == b"3:x y,"
    assert socketmap.question(b"3:x y,") == ("x", "y")


@pytest.mark.parametrize("text", [b"", b"1", b"17", b"3:", b"3:x y", b"9999:abc"])
def test_a_question_that_is_not_complete_waits(text: bytes) -> None:
    assert socketmap.first(text) is None


@pytest.mark.parametrize(
    "text", [b"GET / HTTP/1.0\r\n", b"-1:x,", b":x,", b":", b"999999999:x,", b"999999", b"99999:x,", b"3:abcd"]
)
def test_anything_else_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"netstring|length"):
        socketmap.first(text)


def test_answers() -> None:
    assert socketmap.found("a@x.test, b@x.test") == b"21:OK a@x.test, b@x.test,"
    assert socketmap.not_found() == b"9:NOTFOUND ,"
    assert socketmap.unavailable("later") == b"10:TEMP later,"


def test_an_answer_that_postfix_would_refuse_is_temporary() -> None:
    assert socketmap.found("x" * 100_000).startswith(b"27:TEMP ")
