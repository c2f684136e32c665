"""Our own schema of a database of accounts, as the image has it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from mailwright.formats.sql_lookups import Database
from mailwright.host.sql_connection import connect

FOLDER = Path(__file__).with_name("schema")


def schema(driver: str) -> str:
    """The statements that make the tables, each only if it is missing."""
    return (FOLDER / f"{driver}.sql").read_text(encoding="utf-8")


def statements(text: str) -> Iterator[str]:
    """The single statements of ``text``, without comments."""
    plain = re.sub(r"--[^\n]*", "", text)
    yield from (statement.strip() for statement in plain.split(";") if statement.strip())


def create(database: Database) -> None:
    """The tables exist afterwards. UnavailableError with what the database says."""
    if database.driver == "sqlite":
        _create_file(Path(database.path))
    connection = connect(database, autocommit=False)
    try:
        for statement in statements(schema(database.driver)):
            connection.execute(statement)
        connection.commit()
    finally:
        connection.close()


def _create_file(path: Path) -> None:
    """An empty database exists, which belongs to the owner of its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(0o600)
        status = path.parent.stat()
        os.chown(path, status.st_uid, status.st_gid)
