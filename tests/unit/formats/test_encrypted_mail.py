from __future__ import annotations

import pytest

from mailwright.formats.encrypted_mail import MAGIC, PLAIN, UNKNOWN, keys_of

DIGEST = "52" * 32
AES, SHA = bytes.fromhex("0609608648016503040 12e".replace(" ", "")), bytes.fromhex("0609608648016503040201")
HEADER = MAGIC + bytes(8) + AES + SHA + bytes(8) + b"\x01\x02" + bytes.fromhex(DIGEST) + b"and so on"
MAIL = b"Subject: hello\r\n\r\nGood day.\r\n"
IN_DBOX = b"\x01\x02N        0000000000000179\n"
AFTER = b"\n\x01\x03\nG0123\n\n"


@pytest.mark.parametrize(
    ("content", "key"),
    [(HEADER, DIGEST), (MAIL, PLAIN), (b"", PLAIN), (b"the word CRYPTED\x03\x07\x02", PLAIN), (HEADER[:40], UNKNOWN)],
)
def test_a_maildir_file_is_one_mail(content: bytes, key: str) -> None:
    assert list(keys_of(content, dbox=False)) == [key]


def test_a_dbox_file_may_have_many_mails() -> None:
    content = b"2 M1e C6b099016\n" + b"".join(IN_DBOX + mail + AFTER for mail in (HEADER, MAIL, HEADER))
    assert list(keys_of(content, dbox=True)) == [DIGEST, PLAIN, DIGEST]
