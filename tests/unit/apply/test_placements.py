"""Which backend holds the mail of an account."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.apply import placements, sql_editing
from mailwright.apply.editing import ACCOUNTS, RefusedError
from mailwright.apply.placements import ADD, SWITCH, Backend, backends, place, unplaced
from mailwright.formats.sql_lookups import Database
from mailwright.host.sql_connection import Connection, connect
from tests.unit import sqlite
from tests.unit.sqlite import ALICE, BOB, HASH


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return sqlite.database(tmp_path)


@pytest.fixture
def connection(database: Database) -> Connection:
    connection = sqlite.filled(database)
    connection.many(ADD, [{"name": "b-1"}, {"name": "b-2"}])
    return connection


@pytest.fixture
def without_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs that would have to forget a login."""
    monkeypatch.setattr(sql_editing, "forget_logins", lambda _names: None)
    monkeypatch.setattr(sql_editing, "forget_answers", lambda: None)
    monkeypatch.setattr(sql_editing, "run", lambda _command: None)


def test_each_account_gets_the_backend_with_the_fewest(connection: Connection) -> None:
    assert place(connection, [ALICE]) == {"b-1": 1}
    assert place(connection, [BOB, "c@example.com", "d@example.com"]) == {"b-2": 2, "b-1": 1}
    # The last two are no accounts any more.
    assert backends(connection) == [Backend("b-1", True, 1, 1), Backend("b-2", True, 1, 1)]
    assert unplaced(connection) == []


def test_places_of_former_accounts_are_forgotten_alone(connection: Connection) -> None:
    place(connection, [ALICE, BOB, "c@example.com", "d@example.com"])
    connection.many(placements.FORGET, [{"name": "b-1"}])
    assert backends(connection) == [Backend("b-1", True, 1, 0), Backend("b-2", True, 1, 1)]


def test_a_drained_backend_gets_none(connection: Connection) -> None:
    connection.many(SWITCH, [{"name": "b-1", "fills": 0}])
    assert place(connection, [ALICE, BOB]) == {"b-2": 2}
    connection.many(SWITCH, [{"name": "b-2", "fills": 0}])
    with pytest.raises(RefusedError, match="no backend takes new accounts"):
        place(connection, ["c@example.com"])


@pytest.mark.usefixtures("without_a_server")
def test_nothing_to_place_needs_no_backend(connection: Connection, database: Database) -> None:
    """A password can be changed, and an account removed, while all backends are drained."""
    connection.many(SWITCH, [{"name": name, "fills": 0} for name in ("b-1", "b-2")])
    assert place(connection, []) == {}
    changes = sql_editing.opened(Path(database.path).parent, database, placed=True)
    changes.put(ACCOUNTS, ALICE, "{PLAIN}new")
    changes.drop(ACCOUNTS, BOB)
    changes.save()
    assert [tuple(row) for row in connect(database).execute("SELECT password FROM accounts")] == [("{PLAIN}new",)]


@pytest.mark.usefixtures("without_a_server")
def test_a_new_account_is_placed_and_keeps_its_place(connection: Connection, database: Database) -> None:
    place(connection, [ALICE, BOB])
    folder = Path(database.path).parent

    def edited(name: str, row: str | None) -> None:
        changes = sql_editing.opened(folder, database, placed=True)
        changes.put(ACCOUNTS, name, row) if row else changes.drop(ACCOUNTS, name)
        changes.save()

    def home() -> list[tuple[object, ...]]:
        asked = placements.BACKEND
        return [tuple(row) for row in connect(database).rows(asked, {"address": "c@example.com"})]

    edited("c@example.com", HASH)
    assert home() == [("b-1",)]
    edited("c@example.com", None)
    edited("d@example.com", HASH)
    edited("c@example.com", HASH)
    assert home() == [("b-1",)], "its former mail is there"
