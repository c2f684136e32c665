from __future__ import annotations

import hashlib

import pytest

from mailwright.formats.app_passwords import ALPHABET, app_passwords, hashed, made
from tests.unit.operator import file, told

HASH = hashed("abcdef-ghijkm")
DIGEST = hashlib.sha256(b"abcdef-ghijkm").hexdigest()


def test_rows() -> None:
    found, problems = app_passwords(
        file(f"Alice@example.com/Phone|{HASH}|imap, submission\nb@example.com/x | {HASH}\n")
    )
    assert problems == []
    assert [(str(one.address), one.name, one.hashed, one.protocols) for one in found] == [
        ("alice@example.com", "Phone", DIGEST, ("imap", "submission")),
        ("b@example.com", "x", DIGEST, ("imap", "pop3", "managesieve", "submission")),
    ]
    assert DIGEST not in repr(found)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (f"alice/Phone|{HASH}", "file.cf:1: "),
        (f"alice@example.com|{HASH}", "file.cf:1: '' "),
        (f"alice@example.com/a b|{HASH}", "file.cf:1: 'a…' is not a name of up to 40 letters"),
        ("alice@example.com/Phone|", "file.cf:1: the app password Phone of alice@example.com has no {SHA256.HEX} hash"),
        ("alice@example.com/Phone|{PLAIN}secret", "file.cf:1: the app password Phone of alice@example.com has no"),
        (f"alice@example.com/Phone|{HASH}|imaps", "file.cf:1: 'imaps' is not one of imap, pop3, managesieve"),
        (f"alice@example.com/Phone|{HASH}|imap|x", "file.cf:1: the rest of the line is not one of"),
    ],
)  # fmt: skip
def test_mistakes(row: str, said: str) -> None:
    found, problems = app_passwords(file(row))
    [problem] = told(problems)
    assert found == []
    assert problem.startswith(said)
    assert "secret" not in problem
    assert DIGEST not in problem


def test_a_name_twice() -> None:
    found, problems = app_passwords(file(f"a@example.com/x|{HASH}\na@example.com/x|{HASH}|imap\n"))
    assert len(found) == 1
    assert told(problems) == ["file.cf:2: a@example.com/x is there already (hint: see file.cf:1)"]


def test_a_new_password_is_random_and_can_be_typed() -> None:
    passwords = {made() for _ in range(100)}
    assert len(passwords) == 100
    assert set("".join(passwords)) <= {*ALPHABET, "-"}
    assert {len(one) for one in passwords} == {27}
    assert len(ALPHABET) == 32
