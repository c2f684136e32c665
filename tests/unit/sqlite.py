"""A database of our own schema in SQLite, for tests that ask it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mailwright.formats.sql_lookups import Database, Lookups
from mailwright.host.sql_connection import Connection, connect
from mailwright.host.sql_schema import create
from mailwright.model.provisioners.sql import SqlProvisioner
from mailwright.model.provisioners.sql_answers import Answers
from tests.unit.operator import inputs

ALICE, BOB = "alice@example.com", "bob@example.com"
HASH = "{SHA512-CRYPT}$6$salt$hash"


def database(folder: Path) -> Database:
    """An empty database in ``folder``."""
    place = Database("sqlite", path=str(folder / "accounts.sqlite"))
    create(place)
    return place


def lookups(place: Database, **environ: str) -> Lookups:
    """What sql-lookups asks ``place``, with these variables."""
    provisioner = inputs({}, ACCOUNT_PROVISIONER="SQL", SQL_DRIVER="sqlite", **environ).provisioner
    assert isinstance(provisioner, SqlProvisioner)
    return replace(provisioner.lookups, database=place)


def filled(place: Database) -> Connection:
    """A connection to ``place`` with the accounts ALICE and BOB, aliases and a catch-all."""
    connection = connect(place)
    for address, quota in ((ALICE, None), (BOB, 1000)):
        connection.execute("INSERT INTO accounts (address, password, quota) VALUES (?, ?, ?)", (address, HASH, quota))
    for alias, recipient in (
        ("team@example.com", ALICE),
        ("team@example.com", BOB),
        ("boss@example.com", "chief@example.com"),
        ("chief@example.com", BOB),
        ("far@example.com", "someone@else.test"),
        ("@catch.test", ALICE),
        ("@old.test", "@example.com"),
    ):
        connection.execute("INSERT INTO aliases (alias, recipient) VALUES (?, ?)", (alias, recipient))
    return connection


def answers(connection: Connection, wanted: Lookups) -> Answers:
    """The Answers of a database."""
    return Answers(wanted, lambda name, **by: connection.rows(wanted.queries[name], by))
