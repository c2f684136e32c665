"""``… encrypted_delivery KEY ACTION SENDER RECIPIENT``: encrypts a mail for one user and hands it to Dovecot.

Postfix starts it (pipe(8)) as the user vmail, with the mail on standard input. The mail is in memory only. What it
prints becomes a part of Postfix's log line, and of the bounce if there is one.
"""

from __future__ import annotations

import smtplib
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from os import EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE
from pathlib import Path

from mailwright.core import sockets
from mailwright.core.line_ends import with_crlf
from mailwright.formats.encrypted_message import is_encrypted, parts, pgp_message, smime_message

PGP = ".asc"
SQOP, OPENSSL = "/usr/bin/sqop", "/usr/bin/openssl"
SECONDS = 300.0
Encrypt = Callable[[bytes, Path], bytes]
FULL = b"5.2.2"  # RFC 3463
Deliver = Callable[[str, str, bytes], tuple[int, bytes]]


class NotEncryptedError(Exception):
    """Why a mail could not be encrypted."""


def main(arguments: list[str], mail: bytes, encrypt: Encrypt | None = None, deliver: Deliver | None = None) -> int:
    """An exit code of sysexits.h: the mail is delivered, or it waits, or Dovecot refuses it for good."""
    key, action, sender, recipient = arguments
    given, note = with_crlf(mail), ""
    mail = given
    try:
        mail = given if is_encrypted(given) else (encrypt or encrypted)(given, Path(key))
    except NotEncryptedError as error:
        note = f"not encrypted with {Path(key).name}: {error}"
        if action != "deliver":
            return told(EX_TEMPFAIL, f"4.7.5 {note}")
    try:
        code, text = (deliver or delivered)(sender, recipient, mail)
    except (OSError, smtplib.SMTPException) as error:
        return told(EX_TEMPFAIL, f"4.3.0 Dovecot does not take the mail: {error}")
    answer = text.decode(errors="replace")
    if code >= 500 and text.startswith(FULL) and mail is not given:
        # There was room for the mail as it came, so its sender was not told, and may be forged.
        return told(EX_TEMPFAIL, answer.replace("5.", "4.", 1))
    if code >= 400:
        return told(EX_TEMPFAIL if code < 500 else EX_UNAVAILABLE, answer)
    return told(EX_OK, f"{note}; {code} {answer}" if note else f"{code} {answer}")


def told(code: int, text: str) -> int:
    """``code``, after ``text`` is on standard output."""
    print(" ".join(text.split()))
    return code


def encrypted(mail: bytes, key: Path) -> bytes:
    """The ``mail`` encrypted with ``key``, which is an OpenPGP certificate or an X.509 one."""
    outside, entity = parts(mail)
    if key.suffix == PGP:
        return pgp_message(outside, _output((SQOP, "encrypt", str(key)), entity))
    command = (OPENSSL, "cms", "-encrypt", "-binary", "-aes-256-cbc", "-outform", "DER", "-recip", str(key))
    return smime_message(outside, _output(command, entity))


def _output(command: tuple[str, ...], given: bytes) -> bytes:
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotEncryptedError(str(error)) from error
    if done.returncode or not done.stdout:
        reason = done.stderr.decode(errors="replace").strip() or f"{command[0]} ended with {done.returncode}"
        raise NotEncryptedError(reason)
    return done.stdout


def delivered(sender: str, recipient: str, mail: bytes) -> tuple[int, bytes]:
    """Dovecot's last answer (RFC 2033)."""
    client = smtplib.LMTP(sockets.ENCRYPTION_LMTP, local_hostname="localhost")
    try:
        client.ehlo()
        answer = client.mail(sender, ["BODY=8BITMIME"])
        if answer[0] < 400:
            answer = client.rcpt(recipient)
        answer = client.data(mail) if answer[0] < 400 else answer
        with suppress(OSError, smtplib.SMTPException):  # the answer counts, or the mail would come twice
            client.quit()
    finally:
        client.close()
    return answer


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], sys.stdin.buffer.read()))
    except Exception as error:  # noqa: BLE001  pipe(8) bounces mail for an exit code that it does not know
        sys.exit(told(EX_TEMPFAIL, f"4.3.0 {type(error).__name__}: {error}"))
