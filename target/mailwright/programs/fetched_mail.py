"""``python3 -m mailwright.programs.fetched_mail [-f SENDER] [-d] [--] RECIPIENT…``: hands over a mail that was fetched.

fetchmail and getmail call it with the mail on standard input, getmail as if it were Dovecot's ``deliver``. Whatever
Postfix does not accept stays on the other server: exit code 75, or 77 if it was refused for good. Imports little,
since it is started anew for each mail.
"""

from __future__ import annotations

import re
import signal
import smtplib
import sys
import syslog
from collections.abc import Callable, Iterable
from os import EX_NOPERM, EX_OK, EX_TEMPFAIL, EX_USAGE
from typing import BinaryIO

from mailwright.core.line_ends import with_crlf
from mailwright.core.problems import printable
from mailwright.core.sockets import FETCHED

SECONDS = 300.0  # the filter may take its time
USUAL = 1 << 20  # bytes; of a larger mail Postfix is asked how large it may be
HOSTS = ("127.0.0.1", "::1")
VALUED = ("-a", "-m", "-e", "-k", "-p")  # options of deliver with a value, which mean nothing here
RETURN_PATH = re.compile(rb"(?:>?From [^\n]*\n)?Return-Path:[ \t]*<?([^<>\s]*)>?[ \t]*\r?\n", re.I)
ADDRESS = re.compile(r"[!-~]+@[!-~]+")
Refusal = tuple[str, int, str]  # recipient, Postfix's code and words


class TooLargeError(Exception):
    """The mail is larger than Postfix takes."""


def main(arguments: list[str], given: BinaryIO) -> int:
    """Hands the mail to Postfix; the log has the reason if it stays where it is."""
    sender, recipients = parsed(arguments)
    if not recipients:
        print("fetched-mail: no recipient", file=sys.stderr)
        return EX_USAGE
    try:
        returns_to, mail = without_return_path(whole(given, size_limit))
        refused = send(plain(sender or returns_to), recipients, with_crlf(mail))
    except TooLargeError:
        refused = [(recipient, 552, "5.3.4 larger than POSTFIX_MESSAGE_SIZE_LIMIT") for recipient in recipients]
    except (OSError, smtplib.SMTPException) as error:
        refused = [(recipient, 451, str(error)) for recipient in recipients]
    code, lines = outcome(recipients, refused)
    for line in lines:
        say(line)
    return code


def outcome(recipients: list[str], refused: list[Refusal]) -> tuple[int, list[str]]:
    """The exit code, and what to log: the mail is taken if the others have it and the refused ones never will."""
    for_good = all(code >= 500 for _, code, _ in refused)
    taken = len(refused) < len(recipients) and for_good
    what = "is refused" if taken else "stays on the other server"
    lines = [f"mail for {recipient} {what}: {reason}" for recipient, _, reason in refused]
    return EX_OK if taken else EX_NOPERM if for_good else EX_TEMPFAIL, lines


def whole(given: BinaryIO, limit: Callable[[], int]) -> bytes:
    """The mail; TooLargeError once there is more of it than ``limit`` (0: none). A server may send without end."""
    mail = given.read(USUAL)
    if len(mail) < USUAL:
        return mail
    most = limit()
    mail += given.read(max(0, most + 1 - USUAL)) if most else given.read()
    if most and len(mail) > most:
        raise TooLargeError
    return mail


def without_return_path(mail: bytes) -> tuple[str, bytes]:
    """The sender that the other server has put first, and the mail without it: delivery adds one of its own."""
    match = RETURN_PATH.match(mail)
    return (match[1].decode("ascii", "replace"), mail[match.end() :]) if match else ("", mail)


def plain(sender: str) -> str:
    """``sender`` if it is an address, else the null sender."""
    return sender if ADDRESS.fullmatch(sender) else ""


def parsed(arguments: Iterable[str]) -> tuple[str, list[str]]:
    """The envelope sender and the recipients."""
    sender, recipients, option = "", [], ""
    words = list(arguments)
    if "--" in words:
        words, recipients = words[: words.index("--")], words[words.index("--") + 1 :]
    for word in words:
        if option:
            sender, option = (word if option == "-f" else sender), ""
        elif word == "-f" or word in VALUED:
            option = word
        elif word.startswith("-f"):
            sender = word[2:]
        elif not word.startswith("-"):
            recipients.append(word)
    return sender.strip("<>"), recipients


def send(sender: str, recipients: list[str], mail: bytes) -> list[Refusal]:
    """Each recipient that is refused, with Postfix's code and words; the others have the mail afterwards.

    A refusal that may pass refuses all: the mail comes again for everybody.
    """
    with connected() as client:
        client.ehlo()
        # Without the size a mailbox that has no room for the mail would take it, and the mail would then be bounced.
        size = [f"SIZE={len(mail)}"]
        answer = client.mail(sender, size)
        if answer[0] >= 400:
            client.rset()
            answer = client.mail("", size)
        if answer[0] >= 400:
            return [(recipient, answer[0], answer[1].decode(errors="replace")) for recipient in recipients]
        refused = [
            (recipient, code, words.decode(errors="replace"))
            for recipient in recipients
            for code, words in [client.rcpt(recipient)]
            if not 200 <= code < 300
        ]
        if len(refused) == len(recipients) or any(code < 500 for _, code, _ in refused):
            return refused
        code, words = client.data(mail)
        if code >= 400:
            return [(recipient, code, words.decode(errors="replace")) for recipient in recipients]
    return refused


def size_limit() -> int:
    """The most bytes of a mail that Postfix takes; 0 if there is no limit."""
    with connected() as client:
        client.ehlo()
        return int(client.esmtp_features.get("size") or 0)


def connected() -> smtplib.SMTP:
    """A session with Postfix's service for fetched mail, on whichever loopback address it has."""
    first, second = HOSTS
    try:
        return smtplib.SMTP(first, FETCHED, local_hostname="localhost", timeout=SECONDS)
    except ConnectionRefusedError:
        return smtplib.SMTP(second, FETCHED, local_hostname="localhost", timeout=SECONDS)


def say(text: str) -> None:
    """A line of the mail log."""
    syslog.openlog("fetched-mail", syslog.LOG_PID, syslog.LOG_MAIL)
    syslog.syslog(syslog.LOG_WARNING, printable(text))


if __name__ == "__main__":
    # A stop lets the mail at hand arrive: cut off, it might arrive and be fetched once more.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(main(sys.argv[1:], sys.stdin.buffer))
