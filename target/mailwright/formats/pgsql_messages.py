"""The part of PostgreSQL's protocol that Dovecot's driver speaks: a start without a password, and simple queries.

See "Message Formats" in PostgreSQL's documentation. A query is the name of a question and one text in quotes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from typing import BinaryIO

QUESTION = re.compile(r"\s*SELECT\s+(?P<name>\w+)\('(?P<key>(?:[^']|'')*)'\)\s*;?\s*", re.ASCII)
NO_TLS = 80877103, 80877104  # SSLRequest, GSSENCRequest: answered by N
VERSION = 196608  # 3.0
LONGEST = 10_000  # bytes of a message
TEXT = 25  # the type text
READY = b"Z" + struct.pack("!i", 5) + b"I"
PARAMETERS = {
    "server_version": "17.0",
    "server_encoding": "UTF8",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",  # a backslash in a text means itself
}


def start(stream: BinaryIO, out: BinaryIO) -> bool:
    """Whether a client began a session, which is ready for its first query then."""
    while True:
        size, code = struct.unpack("!ii", _exactly(stream, 8))
        if not 8 <= size <= LONGEST:
            return False
        _exactly(stream, size - 8)
        if code not in NO_TLS:
            break
        out.write(b"N")
        out.flush()
    if code != VERSION:
        return False
    out.write(message(b"R", struct.pack("!i", 0)))
    for name, value in PARAMETERS.items():
        out.write(message(b"S", _string(name) + _string(value)))
    out.write(message(b"K", struct.pack("!ii", 0, 0)) + READY)
    out.flush()
    return True


def question(stream: BinaryIO) -> tuple[str, str] | None:
    """The next query as the name of the question and its text; None at the end. ValueError for anything else."""
    kind = stream.read(1)
    if kind in (b"", b"X"):
        return None
    (size,) = struct.unpack("!i", _exactly(stream, 4))
    if kind != b"Q" or not 5 <= size <= LONGEST:
        raise ValueError("not a simple query")
    text = _exactly(stream, size - 4)[:-1].decode("utf-8", "surrogateescape")
    match = QUESTION.fullmatch(text)
    return (match["name"], match["key"].replace("''", "'")) if match else ("", "")


def rows(columns: Sequence[str], values: Iterable[Sequence[str | None]]) -> Iterable[bytes]:
    """The messages of a result; no ``values`` is a result without rows."""
    fields = b"".join(_string(name) + struct.pack("!ihihih", 0, 0, TEXT, -1, -1, 0) for name in columns)
    yield message(b"T", struct.pack("!h", len(columns)) + fields)
    count = 0
    for row in values:
        count += 1
        yield message(b"D", struct.pack("!h", len(row)) + b"".join(map(_field, row)))
    yield message(b"C", _string(f"SELECT {count}")) + READY


def notice(text: str) -> bytes:
    """``text``, which Dovecot logs."""
    return message(b"N", _fields("WARNING", text))


def error(text: str) -> bytes:
    """The query failed because of ``text``. Dovecot closes the connection and asks once more."""
    return message(b"E", _fields("ERROR", text)) + READY


def message(kind: bytes, body: bytes) -> bytes:
    """One message."""
    return kind + struct.pack("!i", len(body) + 4) + body


def _fields(severity: str, text: str) -> bytes:
    words = {"S": severity, "V": severity, "C": "08006", "M": text}
    return b"".join(name.encode() + _string(word) for name, word in words.items()) + b"\0"


def _field(value: str | None) -> bytes:
    if value is None:
        return struct.pack("!i", -1)
    text = value.encode("utf-8", "surrogateescape").replace(b"\0", b"")
    return struct.pack("!i", len(text)) + text


def _string(text: str) -> bytes:
    return text.encode("utf-8", "replace").replace(b"\0", b"") + b"\0"


def _exactly(stream: BinaryIO, size: int) -> bytes:
    text = stream.read(size)
    if len(text) != size:
        raise EOFError
    return text
