"""socketmap_table(5): how Postfix asks a daemon for an entry of a table; netstrings in both directions."""

from __future__ import annotations

from typing import BinaryIO

LONGEST = 10_000  # bytes of a question; Postfix's own limit for addresses is far below
LONGEST_ANSWER = 100_000  # Postfix refuses a longer one

FORGET = "forget"  # our own word for sql-lookups: what it remembers is out of date


def question(stream: BinaryIO) -> tuple[str, str] | None:
    """The next question as the name of the table and the key; None at the end. ValueError for anything else."""
    length = b""
    while (byte := stream.read(1)) != b":":
        if not byte and not length:
            return None
        if not byte.isdigit() or len(length) > 5:
            raise ValueError("not a netstring")
        length += byte
    size = int(length or b"-1")
    if not 0 <= size <= LONGEST:
        raise ValueError("a question of this length is nobody's")
    text, comma = stream.read(size), stream.read(1)
    if len(text) != size or comma != b",":
        raise ValueError("not a netstring")
    name, _, key = text.decode("utf-8", "surrogateescape").partition(" ")
    return name, key


def found(value: str) -> bytes:
    """``value`` as the answer; TEMP if Postfix would not take so long a one."""
    text = f"OK {value}".encode("utf-8", "surrogateescape")
    return netstring(text) if len(text) <= LONGEST_ANSWER else unavailable("the answer is too long")


def not_found() -> bytes:
    """There is no entry."""
    return netstring(b"NOTFOUND ")


def unavailable(reason: str) -> bytes:
    """Nobody knows whether there is an entry: Postfix answers 4xx."""
    return netstring(f"TEMP {reason}".encode("utf-8", "replace"))


def netstring(text: bytes) -> bytes:
    """``text`` with its length before and a comma behind it."""
    return b"%d:%s," % (len(text), text)
