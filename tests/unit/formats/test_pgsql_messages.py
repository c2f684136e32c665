"""PostgreSQL's protocol, as far as Dovecot speaks it."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

from mailwright.formats import pgsql_messages


def packed(text: str) -> bytes:
    """A simple query."""
    return pgsql_messages.message(b"Q", text.encode() + b"\0")


def test_a_session_begins_without_tls_and_password() -> None:
    start = struct.pack("!ii", 8, 80877103) + struct.pack("!ii", 16, 196608) + b"user\0x\0\0"
    out = BytesIO()
    assert pgsql_messages.start(BytesIO(start), out)
    answer = out.getvalue()
    assert answer.startswith(b"N" + pgsql_messages.message(b"R", struct.pack("!i", 0)))
    assert answer.endswith(pgsql_messages.READY)


def test_another_protocol_is_no_session() -> None:
    assert not pgsql_messages.start(BytesIO(struct.pack("!ii", 8, 131072)), BytesIO())
    assert not pgsql_messages.start(BytesIO(struct.pack("!ii", 1 << 30, 196608)), BytesIO())


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("SELECT passdb('a@x.test')", ("passdb", "a@x.test")),
        ("SELECT passdb('o''brien@x.test')", ("passdb", "o'brien@x.test")),
        ("SELECT passdb('a\\'; DROP TABLE accounts; --')", ("passdb", "a\\'; DROP TABLE accounts; --")),
        ("SELECT passdb('a') ; SELECT 1", ("", "")),
        ("SELECT passdb('a'), 1", ("", "")),
        ("DROP TABLE accounts", ("", "")),
    ],
)
def test_a_question_has_one_text(text: str, asked: tuple[str, str]) -> None:
    if text.count("'") % 2:
        asked = ("", "")  # a quote that is not doubled ends the text
    assert pgsql_messages.question(BytesIO(packed(text))) == asked


def test_the_end_and_what_is_no_query() -> None:
    assert pgsql_messages.question(BytesIO(b"")) is None
    assert pgsql_messages.question(BytesIO(b"X\0\0\0\4")) is None
    with pytest.raises(ValueError, match="simple query"):
        pgsql_messages.question(BytesIO(pgsql_messages.message(b"P", b"\0")))
    with pytest.raises(EOFError):
        pgsql_messages.question(BytesIO(packed("SELECT passdb('a')")[:-3]))


def test_rows() -> None:
    text = b"".join(pgsql_messages.rows(("user", "password"), [("a@x.test", None)]))
    assert text.startswith(b"T")
    assert b"user\0" in text
    assert pgsql_messages.message(b"D", struct.pack("!hi", 2, 8) + b"a@x.test" + struct.pack("!i", -1)) in text
    assert text.endswith(pgsql_messages.message(b"C", b"SELECT 1\0") + pgsql_messages.READY)


def test_a_text_cannot_end_its_message() -> None:
    assert b"\0D" not in pgsql_messages.error("x\0D")
