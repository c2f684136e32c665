"""Answers of a database in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwright.core.sql_query import Query
from mailwright.formats.sql_lookups import Database
from mailwright.host.sql_connection import Connection, UnavailableError, connect
from mailwright.host.sql_pool import Pool
from tests.container.docker import until
from tests.unit import sqlite

COUNT = Query("SELECT count(*) FROM accounts")


def count(connection: Connection) -> object:
    """The number of accounts."""
    return connection.rows(COUNT, {})[0][0]


class Silence:
    """A database that says nothing until ``end`` is set. ``ended``: a thread has waited for that."""

    def __init__(self) -> None:
        self.end, self.ended = threading.Event(), False

    def wait(self, _: Connection) -> None:
        """Returns at the end of the silence."""
        self.end.wait()
        self.ended = True


@pytest.fixture
def silent() -> Iterator[Silence]:
    """A database that hangs for as long as the test."""
    silence = Silence()
    yield silence
    silence.end.set()


@pytest.fixture
def said() -> list[str]:
    """What the pool logs."""
    return []


@pytest.fixture
def pool(tmp_path: Path, said: list[str]) -> Pool:
    """A pool of connections to an empty database, which gives up after a moment."""
    return Pool(sqlite.database(tmp_path), said.append, 0.2)


def test_a_connection_is_used_again(pool: Pool) -> None:
    used = [pool.ask(lambda connection: connection) for _ in range(3)]
    assert used[0] is used[1] is used[2]
    assert pool.ask(count) == 0


def test_an_answer_that_does_not_come_is_given_up(pool: Pool, said: list[str], silent: Silence) -> None:
    with pytest.raises(UnavailableError, match=r"no answer within 0\.2 s"):
        pool.ask(silent.wait)
    with pytest.raises(UnavailableError):
        pool.ask(silent.wait)
    assert not silent.ended
    silent.end.set()
    until("an answer", lambda: not pool.away)
    assert pool.ask(count) == 0
    until("the log", lambda: said[-1].endswith("answers again"))
    assert "does not answer" in said[0]


def test_while_the_database_is_away_all_are_refused_at_once(pool: Pool, said: list[str]) -> None:
    path = Path(pool.database.path)
    path.rename(path.with_suffix(".away"))
    for _ in range(50):
        with pytest.raises(UnavailableError, match="setup sql init"):
            pool.ask(count)
    path.with_suffix(".away").rename(path)
    until("an answer", lambda: not pool.away)
    assert pool.ask(count) == 0
    assert until("the log", lambda: len(said) == 2)


def test_a_query_that_is_refused_is_no_absence(pool: Pool, said: list[str]) -> None:
    for _ in range(3):
        with pytest.raises(UnavailableError, match="no such table: nowhere"):
            pool.ask(lambda connection: connection.rows(Query("SELECT 1 FROM nowhere"), {}))
        assert pool.ask(count) == 0
    assert said == []


def test_what_the_work_itself_raises_passes(pool: Pool) -> None:
    def wrong(_: Connection) -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        pool.ask(wrong)
    assert pool.ask(count) == 0


def test_many_at_once_wait_for_nobody_who_waits(pool: Pool, silent: Silence) -> None:
    refused = list[str]()

    def ask() -> None:
        try:
            pool.ask(silent.wait)
        except UnavailableError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 40
    assert not silent.ended


def test_a_changed_row_waits_for_no_other(tmp_path: Path) -> None:
    place = sqlite.database(tmp_path)
    writing = connect(place, autocommit=False)
    writing.execute("INSERT INTO domains (domain) VALUES ('x.test')")
    assert count(connect(place)) == 0
    writing.commit()


def test_no_password_in_what_is_said(tmp_path: Path) -> None:
    place = Database("sqlite", password="of-the-database", path=str(tmp_path / "none"))
    assert "of-the-database" not in repr(place)
