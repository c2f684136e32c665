from __future__ import annotations

from email import message_from_bytes
from email.message import Message

import pytest

from mailwright.formats.encrypted_message import is_encrypted, parts, pgp_message, smime_message

HEAD = (
    b"Received: from a\r\n\tby b; date\r\nDKIM-Signature: v=1;\r\n b=abc\r\nSubject: =?utf-8?Q?=C3=A4?=\r\n"
    b"Message-ID: <1@x>\r\n"
)
CONTENT = b'Content-Type: text/plain;\r\n\tcharset="utf-8"\r\nCONTENT-transfer-encoding: 8bit\r\n'
BODY = "Grüße\r\n.\r\n\r\n--\r\nName\r\n".encode()


def payloads(mail: bytes) -> tuple[Message, list[Message]]:
    parsed = message_from_bytes(mail)
    return parsed, parsed.get_payload() if parsed.is_multipart() else []  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("mail", "outside", "inside"),
    [
        (HEAD + b"MIME-Version: 1.0\r\n" + CONTENT + b"\r\n" + BODY, HEAD, CONTENT + b"\r\n" + BODY),
        (CONTENT + HEAD + b"\r\n" + BODY, HEAD, CONTENT + b"\r\n" + BODY),
        (HEAD + b"\r\n" + BODY, HEAD, b"\r\n" + BODY),
        (HEAD + b"\r\n", HEAD, b"\r\n"),
        (HEAD, HEAD, b"\r\n"),
        (b"\r\n" + BODY, b"", b"\r\n" + BODY),
        (b"X-Content-Type: a\r\n\r\nb\r\n", b"X-Content-Type: a\r\n", b"\r\nb\r\n"),
    ],
)
def test_what_describes_the_content_goes_inside(mail: bytes, outside: bytes, inside: bytes) -> None:
    assert parts(mail) == (outside, inside)


def test_openpgp() -> None:
    mail = pgp_message(HEAD, b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n")
    assert mail.startswith(HEAD + b"MIME-Version: 1.0\r\n")
    assert b"\n" not in mail.replace(b"\r\n", b"")
    parsed, (version, message) = payloads(mail)
    assert (parsed.get_content_type(), parsed.defects) == ("multipart/encrypted", [])
    assert version.get_content_type() == "application/pgp-encrypted"
    assert version.get_payload().strip() == "Version: 1"  # type: ignore[union-attr]
    assert "abc" in str(message.get_payload())
    assert is_encrypted(mail)


def test_smime() -> None:
    mail = smime_message(HEAD, bytes(range(256)) * 4)
    parsed = message_from_bytes(mail)
    assert parsed.get_payload(decode=True) == bytes(range(256)) * 4
    assert parsed.get_filename() == "smime.p7m"
    assert max(map(len, mail.split(b"\r\n"))) < 100
    assert is_encrypted(mail)


@pytest.mark.parametrize(
    "kind",
    [
        b"text/plain",
        b'multipart/encrypted; protocol="application/other"; boundary=b',
        b'multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b',  # only says so
        b'multipart/signed; protocol="application/pgp-signature"; boundary=b',
        b"application/pkcs7-mime; smime-type=signed-data",
        b"application/pkcs7-mime",
        b"\xff\xfe",
    ],
)
def test_other_mail_is_not_encrypted(kind: bytes) -> None:
    assert not is_encrypted(HEAD + b"Content-Type: " + kind + b"\r\n\r\n-----BEGIN PGP MESSAGE in words\r\n")


@pytest.mark.parametrize("kind", [b"authEnveloped-data", b"enveloped-data"])
def test_enveloped_data_is_encrypted(kind: bytes) -> None:
    assert is_encrypted(HEAD + b"Content-Type: application/x-pkcs7-mime; smime-type=" + kind + b"\r\n\r\nabc\r\n")
