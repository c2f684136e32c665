"""WatchLine: the connection to the watching process, which makes an edit live and says what came of it."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from mailwright.apply.causes import request
from mailwright.apply.outcome import Outcome
from mailwright.core import sockets

LIVE_WITHIN = 60.0  # seconds


class UnansweredError(Exception):
    """The watching process has hung up or said nothing in time."""


class WatchLine:
    """One connection for each question. The first is made at once: watch imports what a pass needs meanwhile."""

    def __init__(self) -> None:
        self.connection = _connected()

    def ask(self, command: str, files: Iterable[str]) -> Outcome:
        """The outcome of a pass, which ``command`` asks for having edited ``files``; an empty one without a server."""
        connection, self.connection = self.connection or _connected(), None
        return _answer(connection, request(command, files)) if connection else Outcome()

    def close(self) -> None:
        """The watching process waits no more for this edit."""
        if self.connection:
            self.connection.close()


@contextmanager
def watch_line() -> Iterator[WatchLine]:
    """A WatchLine, closed at the end."""
    line = WatchLine()
    try:
        yield line
    finally:
        line.close()


def _connected() -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(LIVE_WITHIN)
    try:
        connection.connect(sockets.WATCH)
    except OSError:
        connection.close()
        return None
    return connection


def _answer(connection: socket.socket, line: bytes) -> Outcome:
    try:
        with connection, connection.makefile("rwb") as stream:
            stream.write(line)
            stream.flush()
            answer = stream.read()
        return Outcome.read(answer.decode())
    except (OSError, ValueError, KeyError):
        raise UnansweredError from None
