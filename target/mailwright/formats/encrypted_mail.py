"""Mail as Dovecot stores it, encrypted (mail_crypt) or not: which key each mail of a file is encrypted with."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAGIC = b"CRYPTED\x03\x07\x02"  # version 2 of Dovecot's format
# Before each mail in a file of dbox: magic, kind, the mail's size in hexadecimal digits.
DBOX = re.compile(rb"\x01\x02[A-Z][ -~]{1,14}[0-9A-F]{16}\n")
PLAIN, UNKNOWN = "", "?"


def keys_of(content: bytes, *, dbox: bool) -> Iterator[str]:
    """For each mail in a file's ``content``: the digest of its key, PLAIN, or UNKNOWN for an encryption of no key.

    In a maildir a file is one mail; ``dbox`` is a file of sdbox or mdbox.
    """
    starts = (match.end() for match in DBOX.finditer(content)) if dbox else iter((0,))
    for start in starts:
        yield _key_at(content, start) if content.startswith(MAGIC, start) else PLAIN


def _key_at(content: bytes, start: int) -> str:
    position = start + len(MAGIC) + 8  # flags and size of the header
    for _ in range(2):
        if len(content) < position + 2 or content[position] != 0x06:
            return UNKNOWN
        position += 2 + content[position + 1]
    position += 4 + 4  # rounds, size of the keys
    digest = content[position + 2 : position + 34]
    return digest.hex() if len(digest) == 32 and content[position] >= 1 else UNKNOWN
