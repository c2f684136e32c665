"""``python3 -m mailwright.programs.auth_relay LISTEN DOVECOT SECONDS``: Postfix's way to Dovecot's SASL server.

Dovecot 2.4 says ``code=temp_fail`` if it could not ask a directory, and Postfix 3.10 does not know that word: it tells
the mail program that the password is wrong (535). It does know a lost connection: 454, try again later (RFC 4954,
section 6). So this program ends the connection instead of passing such an answer on, and if there is no answer in time.
Everything else passes as it is (Dovecot's page "Authentication Protocol").

It also logs which app password a login has used: Postfix's own lines do not tell. And it writes down who has logged in
at which smtpd, beside its socket: apply/sessions.py ends the sessions of an account.
"""

from __future__ import annotations

import os
import socket
import socketserver
import struct
import sys
import syslog
import time
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector

from mailwright.core.login_answers import could_not_check

# DONE is the end of what Dovecot says first.
REQUESTS, ANSWERS = (b"AUTH", b"CONT"), (b"OK", b"FAIL", b"CONT", b"DONE")
CREDENTIALS = struct.Struct("3i")  # of a process: its number, user and group


class Lines:
    """The lines that come from a socket, as soon as they are whole."""

    def __init__(self, source: socket.socket) -> None:
        self.source, self.rest = source, b""

    def read(self) -> list[bytes]:
        """The lines that have come, without their end; EOFError once the other side has ended the connection."""
        text = self.source.recv(65536)
        if not text:
            raise EOFError(self.source)
        *lines, self.rest = (self.rest + text).split(b"\n")
        return lines


class Relay:
    """One connection of Postfix and one to Dovecot. Postfix waits ``seconds`` for Dovecot, and for a login's answer.

    ``logged_in`` is told who has logged in.
    """

    def __init__(
        self, postfix: socket.socket, dovecot: socket.socket, seconds: float, logged_in: Callable[[str], object]
    ) -> None:
        self.postfix, self.dovecot, self.seconds, self.logged_in = postfix, dovecot, seconds, logged_in
        self.deadline: float | None = time.monotonic() + seconds
        self.client = ""

    def run(self) -> str:
        """Passes lines until one side ends its connection (EOFError), or why a login can't be answered."""
        with DefaultSelector() as selector:
            selector.register(self.postfix, EVENT_READ, (Lines(self.postfix), self._request))
            selector.register(self.dovecot, EVENT_READ, (Lines(self.dovecot), self._answer))
            while ready := selector.select(self.deadline and max(0.0, self.deadline - time.monotonic())):
                for key, _ in ready:
                    lines, passed_on = key.data
                    for reason in map(passed_on, lines.read()):
                        if reason:
                            return str(reason)
        return f"no answer within {self.seconds} s"

    def _request(self, line: bytes) -> str:
        if _word(line) in REQUESTS:
            self.deadline = time.monotonic() + self.seconds
            self.client = value(line, "rip") or self.client
        self.dovecot.sendall(line + b"\n")
        return ""

    def _answer(self, line: bytes) -> str:
        if _word(line) in ANSWERS:
            self.deadline = None
        if could_not_check(line):
            return "Dovecot could not check it"
        if _word(line) == b"OK":
            self.logged_in(value(line, "user"))
        if name := value(line, "app_password"):
            log(f"Logged in: user=<{value(line, 'user')}>, rip={self.client}, app-password={name}")
        self.postfix.sendall(line + b"\n")
        return ""


def _word(line: bytes) -> bytes:
    return line.split(b"\t", 1)[0]


def value(line: bytes, name: str) -> str:
    """The value of one ``name=value`` in a line of the protocol, or nothing."""
    start = f"{name}=".encode()
    return next(
        (word.removeprefix(start).decode(errors="replace") for word in line.split(b"\t")[1:] if word.startswith(start)),
        "",
    )


def log(text: str) -> None:
    """Writes a line to the mail log."""
    syslog.syslog(syslog.LOG_INFO, text)


class Handler(socketserver.BaseRequestHandler):
    """One connection of Postfix. Closing it makes Postfix answer 454 to a login that waits."""

    def handle(self) -> None:
        """Relays until one side ends the connection."""
        session = Path(sys.argv[1]).with_name(str(process(self.request)))
        try:
            with connected(sys.argv[2]) as dovecot:
                relay = Relay(self.request, dovecot, float(sys.argv[3]), session.write_text)
                log(f"a login waits: {relay.run()}; Postfix answers 454")
        except EOFError as end:
            # Without Dovecot, the session goes on.
            if end.args[0] is self.request:
                session.unlink(missing_ok=True)
        except ConnectionError:
            return
        except OSError as error:
            log(f"Dovecot does not answer: {error}; Postfix answers 454 to logins")


def process(connection: socket.socket) -> int:
    """The number of the process at the other end."""
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(said)[0])


def connected(address: str) -> socket.socket:
    """A connection to ``address``, a path or ``host:port``; OSError if it is refused."""
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), float(sys.argv[3]))
    dovecot = socket.socket(socket.AF_UNIX)
    dovecot.connect(address)
    return dovecot


class Server(socketserver.ThreadingUnixStreamServer):
    """Listens for Postfix. A thread for each connection: Postfix keeps one for each of its smtpd."""

    daemon_threads = True
    request_queue_size = 200


def forget(folder: Path) -> None:
    """Deletes what the program before has written down of processes that have ended meanwhile."""
    for session in folder.glob("[0-9]*"):
        if not Path("/proc", session.name).exists():
            session.unlink(missing_ok=True)


if __name__ == "__main__":
    syslog.openlog("auth-relay", syslog.LOG_PID, syslog.LOG_MAIL)
    os.umask(0o177)  # Postfix's user alone connects
    Path(sys.argv[1]).unlink(missing_ok=True)  # of the process before: nobody could listen there again
    forget(Path(sys.argv[1]).parent)
    with Server(sys.argv[1], Handler) as server:
        server.serve_forever()
