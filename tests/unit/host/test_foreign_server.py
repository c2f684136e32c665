from __future__ import annotations

import gzip
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mailwright.host.foreign_server import read
from mailwright.model.imports.found import ACCOUNTS, ALIASES, Found, NotOursError
from tests.foreign_servers import MAILINABOX, MAILU, mailcow_dump, private_key, sqlite

ANN = "ann@example.com"
HASH = "{SHA512-CRYPT}$6$salt$" + "b" * 86
KEY = private_key()
DUMP = mailcow_dump({"mailbox": [{"username": ANN, "password": HASH}], "domain": [{"domain": "example.com"}]})


def refused(server: str, path: Path) -> str:
    with pytest.raises(NotOursError) as caught:
        read(server, path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def has_all(result: Found) -> bool:
    return list(result.rows[ACCOUNTS]) == [ANN] and [key.domain for key in result.keys] == ["example.com"]


def test_mailcow(tmp_path: Path) -> None:
    (tmp_path / "backup.sql").write_text(DUMP)
    (tmp_path / "dkim.txt").write_text(f"dkim.example.com\n{KEY}")
    assert has_all(read("mailcow", tmp_path))
    assert has_all(read("mailcow", tmp_path / "backup.sql"))


def test_no_dump_of_mailcow(tmp_path: Path) -> None:
    assert "has 0 files *.sql" in refused("mailcow", tmp_path)
    (tmp_path / "xtrabackup_info").touch()
    assert "which only MariaDB reads; make it with" in refused("mailcow", tmp_path)
    dump = tmp_path / "x.sql"
    dump.touch()
    assert "is empty" in refused("mailcow", dump)
    dump.write_bytes(gzip.compress(DUMP.encode()))
    assert "unpack it with gunzip" in refused("mailcow", dump)
    dump.write_text(DUMP[:-40])
    assert "line " in refused("mailcow", dump)
    assert "no such file" in refused("mailcow", tmp_path / "y.sql")


def test_mailu(tmp_path: Path) -> None:
    lines = KEY.splitlines()[1:-1]
    domain = {"name": "example.com", "dkim_key": lines}
    (tmp_path / "mailu.json").write_text(json.dumps({"domain": [domain], "user": [{"email": ANN, "password": HASH}]}))
    assert has_all(read("mailu", tmp_path))
    assert has_all(read("mailu", tmp_path / "mailu.json"))


def test_mailus_folder(tmp_path: Path) -> None:
    rows = {"user": [{"email": ANN, "password": HASH}], "domain": [{"name": "example.com"}]}
    database = sqlite(tmp_path / "data/main.db", MAILU, rows)
    (tmp_path / "dkim").mkdir()
    (tmp_path / "dkim/example.com.dkim.key").write_text(KEY)
    assert has_all(read("mailu", tmp_path))
    assert has_all(read("mailu", database))


def test_neither_export_nor_database_of_mailu(tmp_path: Path) -> None:
    assert "has neither mailu.json nor data/main.db" in refused("mailu", tmp_path)
    database = sqlite(tmp_path / "main.db", MAILINABOX, {})
    assert "has not the table user with the column email: it is not of Mailu" in refused("mailu", database)
    database.write_bytes(database.read_bytes()[:5000])
    assert "is damaged" in refused("mailu", database)


def test_mail_in_a_box(tmp_path: Path) -> None:
    database = sqlite(tmp_path / "mail/users.sqlite", MAILINABOX, {"users": [{"email": ANN, "password": HASH}]})
    (tmp_path / "mail/dkim").mkdir()
    (tmp_path / "mail/dkim/mail.private").write_text(KEY)
    assert has_all(read("mailinabox", tmp_path))
    assert has_all(read("mailinabox", tmp_path / "mail"))
    assert has_all(read("mailinabox", database))
    assert "name the folder /home/user-data" in refused("mailinabox", tmp_path / "mail/dkim")


def test_a_database_whose_last_rows_are_in_its_log(tmp_path: Path) -> None:
    database = sqlite(tmp_path / "users #1.sqlite", MAILINABOX, {})
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO users (email, password) VALUES (?, ?)", (ANN, HASH))
        connection.commit()
        assert "users #1.sqlite-wal beside it holds changes" in refused("mailinabox", database)
    before = sorted(tmp_path.iterdir())
    assert list(read("mailinabox", database).rows[ACCOUNTS]) == [ANN]
    assert sorted(tmp_path.iterdir()) == before


def test_a_hostile_database(tmp_path: Path) -> None:
    """A view in the place of a table could have its own idea of what reading does."""
    database = sqlite(
        tmp_path / "users.sqlite", MAILINABOX + "DROP TABLE users; CREATE VIEW users AS SELECT 1 AS email;", {}
    )
    assert "has not the table users" in refused("mailinabox", database)


def test_docker_mailserver(tmp_path: Path) -> None:
    config = tmp_path / "docker-data/dms/config"
    key = config / "opendkim/keys/example.com/mail.private"
    key.parent.mkdir(parents=True)
    key.write_text(KEY)
    (config / "postfix-accounts.cf").write_text(f"{ANN}|{HASH}\n")
    assert has_all(read("dms", tmp_path))
    assert has_all(read("dms", config))
    assert "has no postfix-accounts.cf" in refused("dms", tmp_path / "nothing")


def test_a_file_that_is_too_large_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "x.sql").write_text(DUMP)
    with (tmp_path / "dkim.txt").open("wb") as file:
        file.truncate((1 << 20) + 1)
    assert "dkim.txt is larger than 1 MB" in refused("mailcow", tmp_path)


@pytest.mark.parametrize("server", ["mailcow", "mailu", "mailinabox"])
def test_a_pipe_keeps_nobody_waiting(tmp_path: Path, server: str) -> None:
    pipe = tmp_path / "x.sql"
    os.mkfifo(pipe)
    assert "x.sql is not a file" in refused(server, pipe)


def test_a_file_of_docker_mailserver_that_cannot_be_read(tmp_path: Path) -> None:
    """Its rows would be missing without a word."""
    (tmp_path / "postfix-accounts.cf").write_text(f"{ANN}|{HASH}\n")
    os.mkfifo(tmp_path / "postfix-virtual.cf")
    assert "postfix-virtual.cf: " in refused("dms", tmp_path)


def test_values_of_any_type(tmp_path: Path) -> None:
    values = [None, 5, 1.5, b"\xff\0", "a\0@x.test", "x|y:z@x.test", "x\ny@x.test"]
    tables = MAILINABOX.replace(" NOT NULL UNIQUE", "").replace(" TEXT NOT NULL", "").replace(" TEXT", "")
    users = [{"email": one, "password": HASH} for one in values] + [{"email": ANN, "password": one} for one in values]
    aliases = [{"source": one, "destination": other} for one in values for other in values]
    result = read("mailinabox", sqlite(tmp_path / "users.sqlite", tables, {"users": users, "aliases": aliases}))
    assert list(result.rows[ACCOUNTS]) == [ANN]
    assert result.rows[ALIASES] == {}
