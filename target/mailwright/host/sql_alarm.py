"""Alarm: shuts connections whose answer does not come in time, so that the thread that waits gets an error."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from mailwright.host.sql_connection import Connection

TICK = 0.1  # seconds between two looks while somebody waits


@dataclass(eq=False)
class Waiting:
    """A thread that waits for an answer on a connection. ``rung``: it was late, and the connection is shut."""

    alarm: Alarm
    connection: Connection
    deadline: float
    rung: bool = False

    def __enter__(self) -> Waiting:
        self.alarm.watch(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.alarm.leave(self)


class Alarm:
    """One thread watches all who wait. It sleeps while nobody does."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.lock = threading.Lock()
        self.waiting: list[Waiting] = []
        self.needed = threading.Event()
        self.thread: threading.Thread | None = None

    def set_for(self, connection: Connection) -> Waiting:
        """What is done ``with`` it waits for the connection no longer than ``seconds``."""
        return Waiting(self, connection, time.monotonic() + self.seconds)

    def watch(self, one: Waiting) -> None:
        """Watches it from now on."""
        with self.lock:
            self.waiting.append(one)
            if not self.thread:
                self.thread = threading.Thread(target=self._watch, daemon=True)
                self.thread.start()
            if not self.needed.is_set():
                self.needed.set()

    def leave(self, one: Waiting) -> None:
        """Its answer has come, or it was late."""
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
