"""What the rows of a database mean for Postfix and Dovecot."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.formats.sql_lookups import Database
from mailwright.formats.sql_lookups import lookups as parsed
from mailwright.host.sql_connection import Connection
from mailwright.model.provisioners.sql_answers import NOBODY, Answers, UnfitError
from tests.unit import sqlite
from tests.unit.sqlite import ALICE, BOB, HASH


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    """A database with accounts and aliases."""
    return sqlite.filled(sqlite.database(tmp_path))


@pytest.fixture
def answers(connection: Connection, tmp_path: Path) -> Answers:
    """Its Answers."""
    place = Database("sqlite", path=str(tmp_path / "accounts.sqlite"))
    wanted = sqlite.lookups(place, POSTMASTER_ADDRESS=ALICE)
    assert parsed(wanted.text) == wanted  # as sql-lookups reads it
    return sqlite.answers(connection, wanted)


@pytest.mark.parametrize(
    ("address", "goes_to"),
    [
        (ALICE, ALICE),
        ("Alice+Shop@Example.COM", "alice+shop@example.com"),
        ("team@example.com", f"{ALICE}, {BOB}"),
        ("team+x@example.com", "alice+x@example.com, bob+x@example.com"),
        ("far@example.com", "someone@else.test"),
        ("postmaster@catch.test", ALICE),
        ("nobody@example.com", None),
        ("any@catch.test", None),
        ("postmaster@else.test", None),
        ("no address", None),
        ("a'b@example.com", None),
        ("x' OR '1'='1@example.com", None),
        ('"x"@example.com', None),
        ("+x@example.com", None),
    ],
)
def test_where_mail_goes(answers: Answers, address: str, goes_to: str | None) -> None:
    assert answers.aliases(address) == goes_to


@pytest.mark.parametrize(
    ("address", "goes_to"),
    [
        ("any@catch.test", ALICE),
        ("any+x@catch.test", "alice+x@example.com"),
        ("bob@old.test", BOB),
        ("any@example.com", None),
    ],
)
def test_catch_alls(answers: Answers, address: str, goes_to: str | None) -> None:
    assert answers.catch_all(address) == goes_to


def test_mailboxes_and_domains(answers: Answers) -> None:
    assert answers.mailbox("bob+x@example.com") == BOB
    assert answers.mailbox("team@example.com") is None
    assert [
        answers.domain(name) for name in ("example.com", "Catch.Test", "old.test", "else.test", "not a domain", "")
    ] == [
        *["ours"] * 3,
        *[None] * 3,
    ]
    assert answers.sender_domain("any@old.test") == "ours"
    assert answers.sender_domain("any@else.test") is None


@pytest.mark.parametrize(
    ("sender", "logins"),
    [
        (ALICE, ALICE),
        ("alice+x@example.com", ALICE),
        ("team@example.com", f"{ALICE},{BOB}"),
        ("boss@example.com", BOB),
        ("far@example.com", NOBODY),
        ("nobody@example.com", None),
        ("any@else.test", None),
    ],
)
def test_who_may_send(answers: Answers, sender: str, logins: str | None) -> None:
    assert answers.senders(sender) == logins


def test_who_may_send_from_a_catch_all(answers: Answers) -> None:
    assert answers.catch_all_senders("any@catch.test") == ALICE
    assert answers.catch_all_senders("any@example.com") is None


def test_an_account_whose_mail_goes_elsewhere_sends_as_itself(answers: Answers, connection: Connection) -> None:
    connection.execute("INSERT INTO aliases (alias, recipient) VALUES (?, 'x@else.test')", (BOB,))
    assert answers.aliases(BOB) == "x@else.test"
    assert answers.senders(BOB) == BOB


def test_a_loop_ends(answers: Answers, connection: Connection) -> None:
    for pair in (("a@example.com", "b@example.com"), ("b@example.com", "a@example.com")):
        connection.execute("INSERT INTO aliases (alias, recipient) VALUES (?, ?)", pair)
    assert answers.senders("a@example.com") == NOBODY


def test_the_first_account_stands_in_for_a_postmaster_that_does_not_exist(
    connection: Connection, tmp_path: Path
) -> None:
    place = Database("sqlite", path=str(tmp_path / "accounts.sqlite"))
    answers = sqlite.answers(connection, sqlite.lookups(place))
    assert answers.aliases("postmaster@catch.test") == "postmaster@example.com"
    assert answers.aliases("postmaster@example.com") == ALICE


def test_refusals_only_refuse(answers: Answers, connection: Connection) -> None:
    rows = ((ALICE, "send", "REJECT not today"), (BOB, "receive", "450 4.2.1\tlater"), ("x@else.test", "send", "OK"))
    for row in rows:
        connection.execute("INSERT INTO refused (address, direction, action) VALUES (?, ?, ?)", row)
    assert answers.refused_send("alice+x@example.com") == "REJECT not today"
    assert answers.refused_receive(ALICE) is None
    assert answers.refused_receive(BOB) == "450 4.2.1 later"
    assert answers.refused_send("x@else.test") == "REJECT"


def test_logins_and_limits(answers: Answers, connection: Connection) -> None:
    assert answers.passdb("ALICE@example.com") == {"user": ALICE, "password": HASH}
    assert answers.userdb(ALICE) == {"user": ALICE}
    assert (answers.passdb(BOB) or {})["userdb_quota/user/quota_storage_size"] == "1000B"
    limit = {"quota/user/quota_storage_size": "1000B", "quota/user/quota_storage_grace": "100B"}
    assert answers.userdb(BOB) == {"user": BOB, **limit}
    connection.execute("UPDATE accounts SET quota = 0, password = ''")
    assert answers.passdb(ALICE) is None
    assert (answers.userdb(ALICE) or {})["quota/user/quota_storage_size"] == "unlimited"
    assert answers.passdb("nobody@example.com") is answers.userdb("team@example.com") is None
    for path in (
        "../../etc@example.com",
        "..@example.com",
        ".@example.com",
        "bob/new@example.com",
        "bob@..",
        "bob@",
        "bob",
    ):
        assert (answers.passdb(path), answers.userdb(path), answers.mailbox(path)) == (None, None, None)
    assert list(answers.accounts()) == [ALICE, BOB]


def test_app_passwords(answers: Answers, connection: Connection) -> None:
    hashed = "a" * 64
    row = (ALICE, "Phone", f"{{SHA256.HEX}}{hashed}", "imap,submission")
    connection.execute("INSERT INTO app_passwords (address, name, password, protocols) VALUES (?, ?, ?, ?)", row)
    assert (answers.app_passdb(f"{ALICE}/{hashed}/imap") or {})["app_password"] == "Phone"
    assert answers.app_passdb(f"{ALICE}/{hashed}/smtp")
    refused = (f"{ALICE}/{hashed}/pop3", f"{ALICE}/{'b' * 64}/imap", f"{BOB}/{hashed}/imap", f"{ALICE}//imap", "x")
    assert [answers.app_passdb(key) for key in refused] == [None] * 5
    assert answers.app_account(ALICE.upper()) == {"user": ALICE, "password": "", "nopassword": "yes"}
    connection.execute("DELETE FROM accounts WHERE address = ?", (ALICE,))
    assert answers.app_passdb(f"{ALICE}/{hashed}/imap") is answers.app_account(ALICE) is None


@pytest.mark.parametrize("recipient", ["x@y.test\nevil@z.test (", "/etc/passwd@", "|cat", ":include:@x", "a@b@c"])
def test_a_recipient_that_is_no_address_loses_no_mail(answers: Answers, connection: Connection, recipient: str) -> None:
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("INSERT INTO aliases (alias, recipient) VALUES ('odd@example.com', ?)", (recipient,))
    with pytest.raises(UnfitError, match=r"a recipient of odd@example\.com"):
        answers.aliases("odd@example.com")


def test_a_quota_that_is_no_number_is_not_taken_for_none(answers: Answers, connection: Connection) -> None:
    connection.execute("UPDATE accounts SET quota = '1G x'")
    with pytest.raises(UnfitError, match="quota"):
        answers.userdb(ALICE)


def test_own_queries(connection: Connection, tmp_path: Path) -> None:
    connection.execute("CREATE TABLE mailbox (u text, d text, p text, active int)")
    connection.execute("INSERT INTO mailbox VALUES ('carol', 'own.test', '{PLAIN}x', 1), ('dave', 'own.test', 'x', 0)")
    place = Database("sqlite", path=str(tmp_path / "accounts.sqlite"))
    wanted = sqlite.lookups(
        place,
        SQL_QUERY_USER="SELECT p FROM mailbox WHERE u = :local AND d = :domain AND active",
        SQL_QUERY_SENDERS="SELECT u || '@' || d FROM mailbox WHERE d = :domain AND :address LIKE '%@%'",
    )
    answers = sqlite.answers(connection, wanted)
    assert answers.passdb("carol@own.test") == {"user": "carol@own.test", "password": "{PLAIN}x"}
    assert answers.mailbox("dave@own.test") is None
    assert answers.senders("any@own.test") == "carol@own.test,dave@own.test"
    assert answers.catch_all_senders("any@catch.test") is None
