"""``python3 -m mailwright.programs.sieve_sendmail USER -i -f SENDER -- RECIPIENT…``: sends for a Sieve script of USER.

Dovecot calls it (sendmail_path) with the mail on standard input. Postfix then treats the mail as one of USER's login.
Imports little, since Dovecot starts it anew for each mail.
"""

from __future__ import annotations

import re
import smtplib
import socket
import sys
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from os import EX_NOPERM, EX_OK, EX_TEMPFAIL

from mailwright.core import paths
from mailwright.core.line_ends import with_crlf
from mailwright.host.commands import run_with_input

# Postfix's services (master.cf): mail that the script wrote itself, and mail that it only passes on.
OWN, PASSED_ON = "sieve-own", "sieve-passed-on"
AUTHORS = ("From", "Sender", "Resent-From", "Resent-Sender")
SECONDS = 120.0
LDA = "/usr/lib/dovecot/dovecot-lda"
# Pigeonhole writes these lines first; a redirected mail cannot bring them in that place itself.
OWN_MAIL = re.compile(rb"X-Sieve: [^\r\n]*\r?\n(?!X-Sieve-Redirected-From:)")
# What notify without :from writes: Dovecot's postmaster (postmaster_address).
NO_AUTHOR = re.compile(rb"^From: Postmaster <([^<>\r\n]*)>(?=\r?$)", re.M)
# What every reader of the mail takes for the same address.
PLAIN = re.compile(r"[^\s<>()\[\]\\,;:\"@]+@[A-Za-z0-9._-]+")


class Refused(Exception):  # noqa: N818  an answer, not an error
    """Postfix's answer that refuses a mail."""

    def __init__(self, code: int, text: bytes) -> None:
        super().__init__(f"{code} {text.decode(errors='replace')}")
        self.code = code if code > 0 else 421


class Connection(smtplib.SMTP):
    """SMTP over a socket of the file system."""

    def _get_socket(self, host: str, _port: int, timeout: float) -> socket.socket:
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(timeout)
        connected.connect(host)
        return connected


def main(arguments: list[str], mail: bytes) -> int:
    """Hands the mail to Postfix and returns sendmail's exit code; the reason of a refusal is Dovecot's to log."""
    user, sender, recipients = parsed(arguments)
    try:
        send(user, sender, recipients, mail)
    except Refused as refused:
        print(f"{user} may not send this: {refused}", file=sys.stderr)
        return EX_TEMPFAIL if refused.code < 500 else kept(user, sender, mail)
    except (OSError, smtplib.SMTPException) as error:
        print(f"mail of {user} waits: {error}", file=sys.stderr)
        return EX_TEMPFAIL
    return EX_OK


def kept(user: str, sender: str, mail: bytes) -> int:
    """EX_OK once a mail that may never be passed on is in the user's mailbox.

    To Dovecot every error of sendmail is temporary: it would try for days, and then the mail would bounce.
    """
    if OWN_MAIL.match(mail):
        return EX_NOPERM
    # No Sieve: only LMTP has that plugin.
    return EX_TEMPFAIL if run_with_input((LDA, "-d", user, "-f", f"<{sender}>"), mail) else EX_OK


def parsed(arguments: list[str]) -> tuple[str, str, list[str]]:
    """The user, the envelope sender and the recipients."""
    user, *options = arguments
    end = options.index("--")
    return user, options[options.index("-f") + 1].strip("<>"), options[end + 1 :]


def send(user: str, sender: str, recipients: list[str], mail: bytes) -> None:
    """Postfix has accepted the mail afterwards, for all recipients; else raises what it answered."""
    own = OWN_MAIL.match(mail) is not None
    if own:
        sender, mail = with_author(user, sender, mail)
    with Connection(timeout=SECONDS, local_hostname="localhost") as client:
        client.connect(f"{paths.QUEUE}/public/{OWN if own else PASSED_ON}", 25)
        client.ehlo()
        accepted(client.docmd(f"XCLIENT LOGIN={xtext(user)}"))
        client.ehlo()
        for author in authors(mail) if own else ():
            # SPOOF_PROTECTION: Postfix knows the login's addresses. It answers at the recipient.
            envelope(client, author, recipients[:1])
            client.rset()
        envelope(client, sender, recipients)
        accepted(client.data(with_crlf(mail)))


def with_author(user: str, sender: str, mail: bytes) -> tuple[str, bytes]:
    """The envelope sender and the mail, from the user if the script names nobody."""
    head, end, body = mail.partition(b"\r\n\r\n" if b"\r\n\r\n" in mail else b"\n\n")
    if (found := NO_AUTHOR.search(head)) is None:
        return sender, mail
    head = head[: found.start()] + f"From: <{user}>".encode() + head[found.end() :]
    return (user if sender.encode() == found[1] else sender), head + end + body


def envelope(client: smtplib.SMTP, sender: str, recipients: list[str]) -> None:
    """Postfix has accepted sender and recipients afterwards."""
    accepted(client.mail(sender))
    for recipient in recipients:
        accepted(client.rcpt(recipient))


def accepted(answer: tuple[int, bytes]) -> None:
    """Raises an answer that is a refusal."""
    code, text = answer
    if code >= 400 or code < 0:
        raise Refused(code, text)


def authors(mail: bytes) -> list[str]:
    """Every address in whose name the mail speaks; Refused if a reader might take it for another one."""
    headers = BytesHeaderParser().parsebytes(mail)
    fields = [str(field) for name in AUTHORS for field in headers.get_all(name, ())]
    found = [(field, getaddresses([field])) for field in fields]
    addresses = sorted({address or field for field, pairs in found for _, address in pairs})
    if not all(map(PLAIN.fullmatch, addresses)):
        raise Refused(553, b"5.1.7 From: is not a plain address")
    return addresses


def xtext(text: str) -> str:
    """``text`` as the value of an XCLIENT attribute (RFC 1891, section 5)."""
    return "".join(char if "!" <= char <= "~" and char not in "+=" else f"+{ord(char):02X}" for char in text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.buffer.read()))
