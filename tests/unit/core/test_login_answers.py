"""What Dovecot's answers about a login mean."""

from __future__ import annotations

import base64

import pytest

from mailwright.core.login_answers import as_temporary, could_not_check


def json(status: str) -> bytes:
    """The challenge of Dovecot 2.4.1's OAuth2 mechanisms."""
    return base64.b64encode(f'{{"schemes":"bearer","status":"{status}","scope":"mail"}}'.encode())


@pytest.mark.parametrize(
    ("line", "unchecked"),
    [
        (b"FAIL\t1\tuser=a@b.c\tcode=temp_fail", True),
        (b"FAIL\t1\tuser=a@b.c", False),
        (b"FAIL\t1\tuser=a@b.c\tcode=user_disabled", False),
        (b"FAIL\t1\tuser=code=temp_fail", False),
        (b"OK\t1\tuser=a@b.c\tcode=temp_fail", False),
        (b"CONT\t1\t" + json("500"), True),
        (b"CONT\t1\t" + json("internal_failure"), True),
        (b"CONT\t1\t" + json("401"), False),
        (b"CONT\t1\t" + json("invalid_token"), False),
        (b"CONT\t1\tVXNlcm5hbWU6", False),
        (b"CONT\t1\t", False),
        (b"CONT\t1", False),
        (b"CONT\t1\t%", False),
        (b"FAIL\t1\tuser=a@b.c\tresp=" + json("500"), True),
        (b"FAIL\t1\tuser=a@b.c\tresp=" + json("403"), False),
        (b"FAIL\t1\tuser=resp=" + json("500"), False),
        (b"DONE", False),
    ],
)
def test_whether_a_login_was_checked(line: bytes, unchecked: bool) -> None:
    assert could_not_check(line) is unchecked


def test_a_refusal_becomes_temporary() -> None:
    assert as_temporary(b"FAIL\t7\tuser=a@b.c\tcode=x\tresp=e30=") == b"FAIL\t7\tuser=a@b.c\tcode=temp_fail"
