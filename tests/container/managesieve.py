"""A client of ManageSieve (RFC 5804), with which users edit their filters."""

from __future__ import annotations

import base64
import socket

from tests.container.lab import PASSWORD, Server, trusting


class ManageSieve:
    """As much of RFC 5804 as uploading a script takes."""

    def __init__(self, server: Server) -> None:
        self.plain = socket.create_connection((server.ip, 4190), 10)
        self.stream = self.plain.makefile("rwb")
        self.capabilities = self.answer()

    def answer(self) -> str:
        """The lines up to the one that ends an answer."""
        lines = []
        while True:
            line = self.stream.readline().decode()
            lines.append(line)
            if not line or line.startswith(("OK", "NO", "BYE")):
                return "".join(lines)

    def ask(self, text: str) -> str:
        """What is answered to a command."""
        self.stream.write(text.encode() + b"\r\n")
        self.stream.flush()
        return self.answer()

    def secure(self) -> None:
        """TLS from now on."""
        assert self.ask("STARTTLS").startswith("OK")
        self.plain = trusting().wrap_socket(self.plain)
        self.stream = self.plain.makefile("rwb")
        self.capabilities = self.answer()

    def login(self, address: str) -> str:
        """What is answered to a login with PASSWORD."""
        plain = base64.b64encode(f"\0{address}\0{PASSWORD}".encode()).decode()
        return self.ask(f'AUTHENTICATE "PLAIN" "{plain}"')

    def close(self) -> None:
        """The connection is closed."""
        self.stream.close()
        self.plain.close()


def activate(server: Server, address: str, script: str) -> None:
    """The user has ``script`` as the active one afterwards."""
    client = ManageSieve(server)
    client.secure()
    for command in (None, f'PUTSCRIPT "mine" {{{len(script)}+}}\r\n{script}', 'SETACTIVE "mine"'):
        answer = client.ask(command) if command else client.login(address)
        assert answer.startswith("OK"), answer
    client.close()
