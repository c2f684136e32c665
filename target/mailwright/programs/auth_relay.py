"""``python3 -m mailwright.programs.auth_relay LISTEN DOVECOT``: Postfix's way to Dovecot's SASL server.

Dovecot 2.4 says ``code=temp_fail`` if it could not ask a directory, and Postfix 3.10 does not know that word: it tells
the mail program that the password is wrong (535). It does know a lost connection: 454, try again later (RFC 4954,
section 6). So this program ends the connection instead of passing such an answer on, and if there is no answer in time.
Everything else passes as it is (Dovecot's page "Authentication Protocol").
"""

from __future__ import annotations

import os
import socket
import socketserver
import sys
import time
from selectors import EVENT_READ, DefaultSelector

from mailwright.core.login_answers import could_not_check

SECONDS = 4.5  # then Postfix answers within 5
REQUESTS, ANSWERS = (b"AUTH", b"CONT"), (b"OK", b"FAIL", b"CONT")


class Lines:
    """The lines that come from a socket, as soon as they are whole."""

    def __init__(self, source: socket.socket) -> None:
        self.source, self.rest = source, b""

    def read(self) -> list[bytes]:
        """The lines that have come, without their end; EOFError once the other side has ended the connection."""
        text = self.source.recv(65536)
        if not text:
            raise EOFError
        *lines, self.rest = (self.rest + text).split(b"\n")
        return lines


def relay(postfix: socket.socket, dovecot: socket.socket, seconds: float = SECONDS) -> str:
    """Passes lines between both until one ends the connection, or the reason why this program ends it.

    The reason is that Dovecot could not check a login, or has not answered within ``seconds``.
    """
    deadline: float | None = None
    with DefaultSelector() as selector:
        selector.register(postfix, EVENT_READ, (Lines(postfix), dovecot))
        selector.register(dovecot, EVENT_READ, (Lines(dovecot), postfix))
        while True:
            ready = selector.select(max(0.0, deadline - time.monotonic()) if deadline else None)
            if not ready:
                return f"no answer within {seconds} s"
            for key, _ in ready:
                lines, other = key.data
                for line in lines.read():
                    word = line.split(b"\t", 1)[0]
                    if other is dovecot and word in REQUESTS:
                        deadline = time.monotonic() + seconds
                    elif other is postfix and word in ANSWERS:
                        deadline = None
                        if could_not_check(line):
                            return "Dovecot could not check it"
                    other.sendall(line + b"\n")


class Handler(socketserver.BaseRequestHandler):
    """One connection of Postfix. Closing it makes Postfix answer 454 to a login that waits."""

    def handle(self) -> None:
        """Relays until one side ends the connection."""
        try:
            with connected(sys.argv[2]) as dovecot:
                print(f"a login waits: {relay(self.request, dovecot)}; Postfix answers 454", flush=True)
        except (EOFError, ConnectionError):
            return
        except OSError as error:
            print(f"Dovecot does not answer: {error}; Postfix answers 454 to logins", flush=True)


def connected(address: str) -> socket.socket:
    """A connection to ``address``, a path or ``host:port``; OSError if it is refused."""
    if not address.startswith("/"):
        host, _, port = address.rpartition(":")
        return socket.create_connection((host.strip("[]"), int(port)), SECONDS)
    dovecot = socket.socket(socket.AF_UNIX)
    dovecot.connect(address)
    return dovecot


class Server(socketserver.ThreadingUnixStreamServer):
    """Listens for Postfix. A thread for each connection: Postfix keeps one for each of its smtpd."""

    daemon_threads = True
    request_queue_size = 200


if __name__ == "__main__":
    os.umask(0o177)  # Postfix's user alone connects
    with Server(sys.argv[1], Handler) as server:
        server.serve_forever()
