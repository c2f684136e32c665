"""Edits of accounts in a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.apply import sql_editing
from mailwright.apply.editing import ACCESS, ACCOUNTS, ALIASES, APP_PASSWORDS, QUOTAS, RELAY_MAP, Changes, RefusedError
from mailwright.cli.email_transfer import _csv, _table
from mailwright.formats.sql_lookups import Database
from mailwright.host.sql_connection import connect
from mailwright.services.postfix import POSTFIX
from tests.unit import sqlite
from tests.unit.sqlite import ALICE, BOB, HASH

PROGRAM = "{SHA256.HEX}" + "ab" * 32


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The logins that Dovecot was told to ask about again."""
    forgotten: list[object] = []
    monkeypatch.setattr(sql_editing, "forget_logins", forgotten.append)
    monkeypatch.setattr(sql_editing, "forget_answers", lambda: forgotten.append("answers"))
    monkeypatch.setattr(sql_editing, "run", forgotten.append)
    return forgotten


@pytest.fixture
def place(tmp_path: Path, forgotten: list[object]) -> Database:
    """A database with accounts and aliases."""
    place = sqlite.database(tmp_path)
    sqlite.filled(place)
    return place


def opened(place: Database) -> sql_editing.SqlChanges:
    """Changes to it."""
    return sql_editing.opened(Path(place.path).parent, place)


def rows(place: Database, text: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    return [tuple(row) for row in connect(place).execute(text)]


def test_rows_are_those_of_the_files(place: Database) -> None:
    changes = opened(place)
    assert dict(changes.rows(ACCOUNTS)) == {ALICE: HASH, BOB: HASH}
    assert dict(changes.rows(QUOTAS)) == {BOB: "1000"}
    assert changes.recipients()["team@example.com"] == [ALICE, BOB]
    assert changes.recipients()["@old.test"] == ["@example.com"]


def test_an_account_with_all_that_belongs_to_it(place: Database, forgotten: list[object]) -> None:
    changes = opened(place)
    changes.put(ACCOUNTS, "carol@example.com", "{PLAIN}x")
    changes.put(QUOTAS, "carol@example.com", "5M")
    changes.put(ACCESS["send"], "carol@example.com", "REJECT")
    changes.put(APP_PASSWORDS, "carol@example.com/Phone", "{SHA256.HEX}ab|imap")
    changes.lead("news@new.test", ["carol@example.com"])
    assert changes.save() is False  # no file changed
    assert forgotten == ["answers", ["carol@example.com"], POSTFIX.reload.command]  # new.test is a new domain
    assert rows(place, "SELECT password, quota, domain FROM accounts WHERE address = 'carol@example.com'") == [
        ("{PLAIN}x", 5 << 20, "example.com")
    ]
    assert rows(place, "SELECT * FROM refused") == [("carol@example.com", "send", "REJECT")]
    assert rows(place, "SELECT name, password, protocols FROM app_passwords") == [("Phone", "{SHA256.HEX}ab", "imap")]
    changes = opened(place)
    for file in (ACCOUNTS, QUOTAS, ACCESS["send"]):
        changes.drop(file, "carol@example.com")
    changes.lead("news@new.test", [])
    changes.save()
    for table in ("accounts WHERE domain = 'x' OR address LIKE 'carol%'", "refused", "app_passwords"):
        assert rows(place, f"SELECT * FROM {table}") == []
    assert rows(place, "SELECT * FROM aliases WHERE alias = 'news@new.test'") == []


def test_a_new_password_keeps_the_quota(place: Database, forgotten: list[object]) -> None:
    changes = opened(place)
    changes.put(ACCOUNTS, BOB, "{PLAIN}new")
    changes.save()
    assert forgotten == ["answers", [BOB]]
    assert rows(place, f"SELECT password, quota FROM accounts WHERE address = '{BOB}'") == [("{PLAIN}new", 1000)]
    assert rows(place, f"SELECT password FROM accounts WHERE address = '{ALICE}'") == [(HASH,)]


def test_a_file_beside_is_written_too(place: Database) -> None:
    changes = opened(place)
    changes.put(RELAY_MAP, ALICE, "[relay.test]:25")
    changes.put(QUOTAS, ALICE, "1G")
    assert changes.save() is True
    assert changes.names() == ["postfix-relaymap.cf"]


def test_what_leads_back_to_itself_is_refused(place: Database) -> None:
    changes = opened(place)
    changes.lead("chief@example.com", ["boss@example.com"])
    with pytest.raises(RefusedError, match="leads back to itself"):
        changes.save()
    assert ("chief@example.com", BOB) in rows(place, "SELECT alias, recipient FROM aliases")


def test_a_recipient_that_is_no_mailbox_is_warned_of(place: Database) -> None:
    changes = opened(place)
    changes.lead("new@example.com", ["nobody@example.com"])
    changes.save()
    assert changes.warnings == ("new@example.com leads to nobody@example.com, which is not a mailbox here",)


def test_fields_behind_a_password_have_no_column(place: Database) -> None:
    changes = opened(place)
    changes.put(ACCOUNTS, "carol@example.com", "{PLAIN}x|userdb_mail=maildir:/x")
    with pytest.raises(RefusedError, match="has fields behind its password"):
        changes.save()
    assert len(rows(place, "SELECT * FROM accounts")) == 2


def test_no_row_breaks_out_of_its_line(place: Database) -> None:
    connection = connect(place)
    evil = "{PLAIN}x\nevil@example.com|{PLAIN}y"
    connection.execute("UPDATE accounts SET password = ? WHERE address = ?", (evil, ALICE))
    connection.execute("INSERT INTO accounts (address, password) VALUES (?, 'x')", ("a b|c@example.com",))
    changes = opened(place)
    assert sorted(dict(changes.rows(ACCOUNTS))) == [ALICE, BOB]
    changes.put(ACCOUNTS, BOB, "{PLAIN}new")
    changes.save()
    assert (ALICE, evil) in rows(place, "SELECT address, password FROM accounts")
    assert len(rows(place, "SELECT * FROM accounts")) == 3


def test_two_at_once_do_not_overwrite_each_other(place: Database) -> None:
    first, second = opened(place), opened(place)
    first.put(ACCOUNTS, "carol@example.com", "{PLAIN}1")
    second.put(ACCOUNTS, "carol@example.com", "{PLAIN}2")
    first.save()
    with pytest.raises(RefusedError, match="UNIQUE"):
        second.save()


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"the SQLite database .*none: .*setup sql init"):
        opened(Database("sqlite", path=str(tmp_path / "none")))


def test_missing_tables_are_told(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(RefusedError, match="no such table: accounts"):
        opened(Database("sqlite", path=str(tmp_path / "empty"))).rows(ACCOUNTS)


def test_from_a_database_to_files_and_back(place: Database, tmp_path: Path) -> None:
    connect(place).execute(
        "INSERT INTO refused (address, direction, action) VALUES (?, 'receive', '450 later')", (BOB,)
    )
    given = opened(place)
    given.put(APP_PASSWORDS, f"{BOB}/Phone", PROGRAM)
    given.put(APP_PASSWORDS, f"{BOB}/Scanner", f"{PROGRAM}|submission,imap")
    given.save()
    exported = list(_table(opened(place)))
    assert f"Phone:{PROGRAM} Scanner:{PROGRAM}:submission,imap" in next(row for row in exported if row[0] == BOB)
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in exported)
    files, other = Changes(tmp_path), tmp_path / "other"
    other.mkdir()
    back = opened(sqlite.database(other))
    for changes in (files, back):
        for file, moved in _csv("x.csv", text).rows.items():
            for name, rest in moved.items():
                changes.put(file, name, rest)
        changes.save()
    assert list(_table(Changes(tmp_path))) == exported
    assert list(_table(opened(Database("sqlite", path=str(other / "accounts.sqlite"))))) == exported
    assert f"{BOB}/Scanner|{PROGRAM}|submission,imap\n" in (tmp_path / APP_PASSWORDS.name).read_text()
    assert (tmp_path / ALIASES.name).read_text().startswith("@catch.test alice@example.com\n")


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("Phone", "the app password Phone of bob@example.com has no {SHA256.HEX} hash"),
        ("Phone:secret-in-clear", "the app password Phone of bob@example.com has no {SHA256.HEX} hash"),
        (f"Ph/one:{PROGRAM}", "is not"),
        (f"Phone:{PROGRAM}:ftp", "'ftp' is not one of imap, pop3, managesieve, submission"),
        (f"Phone:{PROGRAM} Phone:{PROGRAM}", "twice"),
    ],
)
def test_an_app_password_that_cannot_be_imported(cell: str, told: str) -> None:
    with pytest.raises(RefusedError, match=r"x\.csv:2: ") as refused:
        _csv("x.csv", f"address,password,app_passwords\n{BOB},{HASH},{cell}\n")
    assert told in str(refused.value)
    assert "secret-in-clear" not in str(refused.value)
    assert "abab" not in str(refused.value)


def test_an_app_password_needs_its_account() -> None:
    with pytest.raises(RefusedError, match=r"x\.csv:2: "):
        _csv("x.csv", f"address,password,app_passwords\n{BOB},,Phone:{PROGRAM}\n")
