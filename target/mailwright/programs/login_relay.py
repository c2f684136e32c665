"""``python3 -m mailwright.programs.login_relay DOVECOT``: the way of Dovecot's login processes to its SASL server.

Dovecot 2.4.1 tells IMAP, POP3 and ManageSieve clients that their token is wrong if the identity provider could not be
asked, and mail programs then ask their users to sign in again. This program makes it ``code=temp_fail``, for which they
are told to try again later (RFC 5530, UNAVAILABLE). Everything else passes as it is. Dovecot starts it for each login
process, with the connection as standard input and output; it imports little.
"""

from __future__ import annotations

import os
import select
import socket
import sys

from mailwright.core.login_answers import as_temporary, could_not_check


class Answers:
    """Dovecot's answers, and the logins that it could not check and has not refused yet."""

    def __init__(self) -> None:
        self.unchecked: set[bytes] = set()

    def passed(self, line: bytes) -> tuple[bytes, bytes]:
        """What the login process is told instead of ``line``, and what Dovecot is told."""
        word, _, rest = line.partition(b"\t")
        number = rest.partition(b"\t")[0]
        if word == b"CONT" and could_not_check(line):
            # The challenge tells the mail program. An empty answer to it brings the refusal.
            self.unchecked.add(number)
            return b"", b"CONT\t" + number + b"\t\n"
        if word == b"FAIL" and (number in self.unchecked or could_not_check(line)):
            self.unchecked.discard(number)
            return as_temporary(line) + b"\n", b""
        return line + b"\n", b""


def relay(source: int, target: int, dovecot: socket.socket) -> None:
    """Passes lines between a login process and Dovecot until one of them ends the connection."""
    answers, rest, both = Answers(), b"", (source, dovecot.fileno())
    while True:
        ready, _, _ = select.select(both, [], [])
        if source in ready:
            asked = os.read(source, 65536)
            if not asked:
                return
            dovecot.sendall(asked)
        if dovecot.fileno() in ready:
            answered = dovecot.recv(65536)
            if not answered:
                return
            *lines, rest = (rest + answered).split(b"\n")
            for line in lines:
                told, asked = answers.passed(line)
                _write(target, told)
                dovecot.sendall(asked)


def _write(target: int, text: bytes) -> None:
    while text:
        text = text[os.write(target, text) :]


def main(path: str) -> None:
    """Relays standard input and output to the socket ``path``."""
    with socket.socket(socket.AF_UNIX) as dovecot:
        try:
            dovecot.connect(path)
            relay(sys.stdin.fileno(), sys.stdout.fileno(), dovecot)
        except ConnectionError:
            return  # Dovecot reloads; the login process connects again


if __name__ == "__main__":
    main(sys.argv[1])
