"""What a front and a backend are told of accounts whose mail is spread over backends."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.formats.sql_lookups import Database
from mailwright.formats.sql_lookups import lookups as parsed
from mailwright.host.sql_connection import Connection
from mailwright.model.provisioners.sql_answers import Answers, UnfitError
from mailwright.programs.sql_memory import Asking, Memory
from tests.unit import sqlite
from tests.unit.sqlite import ALICE, BOB, HASH

CAROL = "carol@example.com"


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    """A database in which ALICE's mail is on backend-1, BOB's on backend-2, and CAROL's nowhere yet."""
    connection = sqlite.filled(sqlite.database(tmp_path))
    connection.execute("INSERT INTO accounts (address, password) VALUES (?, ?)", (CAROL, HASH))
    for address, backend in ((ALICE, "backend-1"), (BOB, "backend-2")):
        connection.execute("INSERT INTO placements (address, backend) VALUES (?, ?)", (address, backend))
    return connection


def answers(connection: Connection, role: str, node: str = "") -> Answers:
    """The Answers of a node."""
    wanted = sqlite.lookups(Database("sqlite"), ROLE=role, CLUSTER_NODE=node, OVERRIDE_HOSTNAME="mail.example.com")
    assert parsed(wanted.text) == wanted  # as sql-lookups reads it
    return sqlite.answers(connection, wanted)


def test_a_front_leads_mail_and_logins_to_the_backend(connection: Connection) -> None:
    front = answers(connection, "front")
    assert front.transport(ALICE) == "lmtp:inet:[backend-1]:24"
    assert front.transport("Bob+Shop@Example.com") == "lmtp:inet:[backend-2]:24"
    assert front.transport("someone@else.test") is front.transport("example.com") is None
    assert front.passdb(BOB) == {"user": BOB, "password": HASH, "host": "backend-2"}
    assert front.app_account(BOB) == {"user": BOB, "password": "", "nopassword": "yes", "host": "backend-2"}


def test_nobody_is_led_anywhere_who_has_no_place(connection: Connection) -> None:
    front = answers(connection, "front")
    assert front.transport(CAROL) is None
    for question in (front.passdb, front.app_account):
        with pytest.raises(UnfitError, match="no backend holds the mail of carol"):
            question(CAROL)


def test_a_backend_knows_its_own_accounts_only(connection: Connection) -> None:
    backend = answers(connection, "backend", "backend-2")
    assert (backend.userdb(BOB) or {})["user"] == BOB
    with pytest.raises(UnfitError, match="is on backend-1, not on backend-2"):
        backend.userdb(ALICE)
    with pytest.raises(UnfitError, match="no backend holds"):
        backend.userdb(CAROL)
    assert backend.userdb("nobody@example.com") is None
    assert list(backend.accounts()) == [BOB]


def test_a_backend_is_a_name_and_nothing_else(connection: Connection) -> None:
    connection.execute("UPDATE placements SET backend = ? WHERE address = ?", ("x]:25,[evil", ALICE))
    with pytest.raises(UnfitError, match="not a host name"):
        answers(connection, "front").transport(ALICE)


def test_the_memory_has_the_backend_too(connection: Connection) -> None:
    """One query answers all of Postfix's questions."""
    wanted = answers(connection, "front").lookups
    memory = Memory()
    front = Answers(wanted, Asking(memory, wanted.queries, connection).rows)
    assert front.transport(ALICE) == "lmtp:inet:[backend-1]:24"
    assert Answers(wanted, memory.rows).transport(ALICE) == "lmtp:inet:[backend-1]:24"
    assert front.aliases("team@example.com") == f"{ALICE}, {BOB}"
    assert Answers(wanted, memory.rows).transport(BOB) == "lmtp:inet:[backend-2]:24"


def test_a_single_host_asks_for_no_backend(connection: Connection) -> None:
    wanted = answers(connection, "all").lookups
    assert not any("placements" in query.text for query in wanted.queries.values())
    assert "leads" not in wanted.text
