"""The alarm of threads that wait for a database."""

from __future__ import annotations

import socket
import time

import pytest

from mailwright.core.sql_query import Query
from mailwright.formats.sql_lookups import Database
from mailwright.host import sql_pool
from mailwright.host.sql_alarm import Alarm
from mailwright.host.sql_connection import Connection, UnavailableError
from mailwright.host.sql_pool import Pool
from tests.container.docker import until


class Waiting(Connection):
    """A connection on whose other side nobody speaks."""

    def __init__(self) -> None:
        self.ours, self.theirs = socket.socketpair()
        super().__init__(self.ours)

    def handle(self) -> int:
        return self.ours.fileno()

    def wait(self) -> None:
        """Returns once somebody speaks, or the connection is shut."""
        if not self.ours.recv(1):
            raise UnavailableError("closed")

    def close(self) -> None:
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def silent() -> Waiting:
    """A connection."""
    return Waiting()


def test_who_is_late_waits_no_more(silent: Waiting) -> None:
    alarm = Alarm(0.1)
    with pytest.raises(UnavailableError), alarm.set_for(silent) as waiting:
        silent.wait()
    assert waiting.rung
    until("the alarm sleeps", lambda: not alarm.needed.is_set())
    silent.close()


def test_who_has_an_answer_keeps_the_connection(silent: Waiting) -> None:
    alarm = Alarm(0.0)
    with alarm.set_for(silent) as waiting:
        pass
    until("the alarm sleeps", lambda: not alarm.needed.is_set())
    silent.theirs.send(b"x")
    silent.wait()
    assert not waiting.rung
    silent.close()


def test_the_pool_gives_up_an_idle_connection_that_is_silent(silent: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    pool = Pool(Database("sqlite", path="/nowhere"), said.append, 0.1)
    pool.idle.append((time.monotonic(), silent))
    monkeypatch.setattr(sql_pool, "PAUSE", 0.01)
    with pytest.raises(UnavailableError, match=r"no answer within 0\.1 s"):
        pool.ask(
            lambda connection: connection.rows(Query("SELECT 1"), {}) if connection is not silent else silent.wait()
        )
    assert pool.idle == []
    assert "no answer within 0.1 s" in said[0]
    assert pool.slots.acquire(blocking=False)
