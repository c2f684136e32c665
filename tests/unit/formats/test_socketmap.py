"""socketmap_table(5)."""

from __future__ import annotations

from io import BytesIO

import pytest

from mailwright.formats import socketmap


def test_a_question_is_the_table_and_the_whole_rest() -> None:
    stream = BytesIO(b"17:aliases a b'@x.te,3:x y,")
    assert socketmap.question(stream) == ("aliases", "a b'@x.te")
    assert socketmap.question(stream) == ("x", "y")
    assert socketmap.question(stream) is None


@pytest.mark.parametrize(
    "text", [b"GET / HTTP/1.0\r\n", b"-1:x,", b":x,", b"999999999:x,", b"99999:x,", b"5:abc,", b"3:abcd"]
)
def test_anything_else_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"netstring|length"):
        socketmap.question(BytesIO(text))


def test_answers() -> None:
    assert socketmap.found("a@x.test, b@x.test") == b"21:OK a@x.test, b@x.test,"
    assert socketmap.not_found() == b"9:NOTFOUND ,"
    assert socketmap.unavailable("later") == b"10:TEMP later,"


def test_an_answer_that_postfix_would_refuse_is_temporary() -> None:
    assert socketmap.found("x" * 100_000).startswith(b"27:TEMP ")
