"""Alarm: shuts connections whose answer does not come in time, so that the thread that waits gets an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mailwright.host.sql_connection import Connection

TICK = 0.1  # seconds between two looks while somebody waits


@dataclass(eq=False)
class Waiting:
    """A thread that waits for an answer on a connection. ``rung``: it was late, and the connection is shut."""

    connection: Connection
    deadline: float
    rung: bool = False


class Alarm:
    """One thread watches all who wait. It sleeps while nobody does."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.lock = threading.Lock()
        self.waiting: list[Waiting] = []
        self.needed = threading.Event()
        self.thread: threading.Thread | None = None

    @contextmanager
    def set_for(self, connection: Connection) -> Iterator[Waiting]:
        """What is done inside waits for the connection no longer than ``seconds``."""
        one = Waiting(connection, time.monotonic() + self.seconds)
        with self.lock:
            self.waiting.append(one)
            if not self.thread:
                self.thread = threading.Thread(target=self._watch, daemon=True)
                self.thread.start()
            self.needed.set()
        try:
            yield one
        finally:
            with self.lock:
                self.waiting.remove(one)

    def _watch(self) -> None:
        while self.needed.wait():
            time.sleep(TICK)
            with self.lock:
                for one in self.waiting:
                    if not one.rung and time.monotonic() > one.deadline:
                        one.rung = True
                        one.connection.shut()
                if not self.waiting:
                    self.needed.clear()
