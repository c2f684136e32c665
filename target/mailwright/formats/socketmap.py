"""socketmap_table(5): how Postfix asks a daemon for an entry of a table; netstrings in both directions."""

from __future__ import annotations

LONGEST = 10_000  # bytes of a question; Postfix's own limit for addresses is far below
LONGEST_ANSWER = 100_000  # Postfix refuses a longer one

FORGET = "forget"  # our own word for sql-lookups: what it remembers is out of date


def first(held: bytes) -> bytes | None:
    """The netstring with which ``held`` begins; None if more must come. ValueError if it can't become a question."""
    digits, colon, _ = held.partition(b":")
    if len(digits) > 5 or not (digits.isdigit() or digits + colon == b""):
        raise ValueError("not a netstring")
    if not colon:
        return None
    size = len(digits) + int(digits) + 2
    if int(digits) > LONGEST:
        raise ValueError("a question of this length is nobody's")
    if len(held) < size:
        return None
    if held[size - 1 : size] != b",":
        raise ValueError("not a netstring")
    return held[:size]


def question(asked: bytes) -> tuple[str, str]:
    """The name of the table and the key in a netstring."""
    name, _, key = asked[asked.index(b":") + 1 : -1].decode("utf-8", "surrogateescape").partition(" ")
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
