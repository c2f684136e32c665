"""What becomes of a mail that cannot be encrypted, and what Dovecot's answers mean."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mailwright.programs.encrypted_delivery import NotEncryptedError, main

MAIL = b"Subject: hello\n\nGood day.\n.\n"
ENVELOPE = ["", "a@example.test"]
WAITS, REFUSED, DELIVERED = 75, 69, 0
ENCRYPTED = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nabc\n"
Deliver = Callable[[str, str, bytes], tuple[int, bytes]]


def answering(code: int, text: bytes, got: list[bytes]) -> Deliver:
    """A delivery that ends with this answer; ``got`` has the mails."""

    def deliver(sender: str, recipient: str, mail: bytes) -> tuple[int, bytes]:
        assert [sender, recipient] == ENVELOPE
        got.append(mail)
        return code, text

    return deliver


def failing(_mail: bytes, _key: Path) -> bytes:
    raise NotEncryptedError("Certificate not encryption-capable")


def shouting(mail: bytes, key: Path) -> bytes:
    assert key == Path("/x/a.asc")
    return mail.upper()


@pytest.mark.parametrize(
    ("code", "text", "expected", "said"),
    [
        (250, b"2.0.0 Saved", DELIVERED, "250 2.0.0 Saved"),
        (550, b"5.7.1 no\nnever", REFUSED, "5.7.1 no never"),
        # There was room for the mail as it came.
        (552, b"5.2.2 full\nvery", WAITS, "4.2.2 full very"),
        (451, b"4.3.0 later", WAITS, "4.3.0 later"),
    ],
)
def test_dovecots_answer_decides(
    code: int, text: bytes, expected: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    got: list[bytes] = []
    assert main(["/x/a.asc", "defer", *ENVELOPE], MAIL, shouting, answering(code, text, got)) == expected
    assert capsys.readouterr().out == f"{said}\n"
    assert got == [b"SUBJECT: HELLO\r\n\r\nGOOD DAY.\r\n.\r\n"]


def test_what_is_encrypted_already_stays_as_it_is() -> None:
    got: list[bytes] = []
    assert main(["/x/a.asc", "defer", *ENVELOPE], ENCRYPTED, failing, answering(250, b"", got)) == DELIVERED
    assert got == [ENCRYPTED.replace(b"\n", b"\r\n")]


def test_what_did_not_grow_is_refused_by_a_full_mailbox() -> None:
    assert main(["/x/a.asc", "defer", *ENVELOPE], ENCRYPTED, failing, answering(552, b"5.2.2 full", [])) == REFUSED


def test_without_dovecot_mail_waits(capsys: pytest.CaptureFixture[str]) -> None:
    def nobody(_sender: str, _recipient: str, _mail: bytes) -> tuple[int, bytes]:
        raise ConnectionRefusedError("refused")

    assert main(["/x/a.asc", "deliver", *ENVELOPE], MAIL, shouting, nobody) == WAITS
    assert capsys.readouterr().out == "4.3.0 Dovecot does not take the mail: refused\n"


@pytest.mark.parametrize(
    ("action", "code", "said"),
    [
        ("defer", WAITS, "4.7.5 not encrypted with a.asc: Certificate not encryption-capable\n"),
        ("deliver", DELIVERED, "not encrypted with a.asc: Certificate not encryption-capable; 250 2.0.0 Saved\n"),
    ],
)
def test_the_operator_decides_about_mail_that_cannot_be_encrypted(
    action: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    got: list[bytes] = []
    assert main(["/x/a.asc", action, *ENVELOPE], MAIL, failing, answering(250, b"2.0.0 Saved", got)) == code
    assert capsys.readouterr().out == said
    assert got == ([b"Subject: hello\r\n\r\nGood day.\r\n.\r\n"] if code == DELIVERED else [])
