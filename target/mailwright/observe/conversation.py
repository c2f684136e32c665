"""A conversation with a daemon in lines, over TCP or a socket of the file system, with or without TLS.

Imports little, since the health check uses it.
"""

from __future__ import annotations

import socket
import ssl
from typing import Self

from mailwright.formats import proxy_header

TIMEOUT = 8.0  # seconds; Postfix greets late when its resolver does not answer


class UnexpectedError(Exception):
    """The daemon's answer is not the one of a server that works."""


def connected(address: str) -> socket.socket:
    """A connection to ``address``: the path of a socket, or host:port."""
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        connection.connect(address)
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), TIMEOUT)


def any_certificate() -> ssl.SSLContext:
    """TLS without verification: only whether the port speaks TLS is asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Conversation:
    """Commands and answers. ``security`` is "plain" or "tls", with "+proxy" if the port expects a PROXY header."""

    def __init__(self, address: str, security: str = "plain") -> None:
        self.connection = connected(address)
        try:
            if security.endswith("+proxy"):
                self.connection.sendall(proxy_header.LOCAL)
            if security.startswith("tls"):
                self.connection = any_certificate().wrap_socket(self.connection)
        except OSError:
            self.connection.close()
            raise
        self.lines = self.connection.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.lines.close()
        self.connection.close()

    def start_tls(self) -> None:
        """Everything that follows is in TLS."""
        self.connection = any_certificate().wrap_socket(self.connection)
        self.lines = self.connection.makefile("rb")

    def line(self) -> str:
        """The next line of the daemon; UnexpectedError if it has closed the connection."""
        line = self.lines.readline(4096).decode("utf-8", "replace").strip()
        if not line:
            raise UnexpectedError("closes the connection")
        return line

    def say(self, command: str) -> None:
        """Sends ``command``."""
        self.connection.sendall(f"{command}\r\n".encode())

    def answer(self) -> str:
        """The next answer of SMTP or LMTP (RFC 5321, section 4.2), its lines separated by spaces."""
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        return " ".join(lines)

    def ask(self, command: str, *expected: str) -> str:
        """The answer of SMTP or LMTP to ``command``; UnexpectedError unless it begins with one of ``expected``."""
        self.say(command)
        return self.expect(command.split(":", maxsplit=1)[0], *expected)

    def expect(self, to: str, *expected: str) -> str:
        """The next answer; UnexpectedError unless it begins with one of ``expected``."""
        answer = self.answer()
        if not answer.startswith(expected):
            raise UnexpectedError(f"answers {answer[:200]!r} to {to}")
        return answer
