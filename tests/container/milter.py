"""A milter that notes the headers it is shown, and lets every mail pass."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PROTOCOL = 6
UNANSWERED = b"ADK"  # abort, macros, new connection


class _Conversation(socketserver.StreamRequestHandler):
    server: Milter

    def handle(self) -> None:
        """Length, letter and rest of each of Postfix's packets, until it quits."""
        while len(head := self.rfile.read(4)) == 4:
            packet = self.rfile.read(struct.unpack("!I", head)[0])
            letter, rest = packet[:1], packet[1:]
            if letter == b"Q":
                return
            if letter == b"L":
                name, value = rest.decode().split("\0")[:2]
                self.server.headers.append((name, value))
            if letter == b"O":
                self._say(b"O" + struct.pack("!III", PROTOCOL, 0, 0))
            elif letter not in UNANSWERED:
                self._say(b"c")

    def _say(self, packet: bytes) -> None:
        self.wfile.write(struct.pack("!I", len(packet)) + packet)


class Milter(socketserver.ThreadingTCPServer):
    """Listens on the test's own machine; ``headers`` are the names and values of all mails."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("0.0.0.0", 0), _Conversation)
        self.headers: list[tuple[str, str]] = []

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


@contextmanager
def milter() -> Iterator[Milter]:
    """A Milter at work."""
    with Milter() as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        try:
            yield found
        finally:
            found.shutdown()
