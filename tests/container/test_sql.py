"""Accounts in PostgreSQL, MariaDB and SQLite: what works, and that nobody is unknown while the database is away."""

from __future__ import annotations

import json
import re
import smtplib
import threading
from collections.abc import Callable
from itertools import count

import pytest

from tests.container.databases import (
    ALICE,
    BOB,
    CAROL,
    DAVE,
    GONE,
    PHONE,
    SECONDS,
    Served,
    all_at_once,
    login,
    login_at_submission,
    paused,
    recipient,
    refusing_queries,
    refusing_us,
    served,
    setup,
    setup_even_so,
    stopped,
    waits,
)
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, message
from tests.container.provider import Provider
from tests.container.tokens import IN, LATER, REFUSED, everywhere, tokens_of

FRESH = count()  # of addresses that no cache knows


@pytest.fixture(scope="module")
def postgresql(lab: Lab) -> Served:
    """Accounts in PostgreSQL, and a provider that knows people."""
    return served(lab, "postgresql", Provider.of(lab, tokens_of(ALICE, "new@fresh.test", "stranger@example.test")))


@pytest.fixture(scope="module")
def mariadb(lab: Lab) -> Served:
    """Accounts in MariaDB."""
    return served(lab, "mariadb")


@pytest.fixture(scope="module", params=["postgresql", "mariadb", "sqlite"])
def any_kind(request: pytest.FixtureRequest, lab: Lab) -> Served:
    """Accounts in each kind of database."""
    return served(lab, "sqlite") if request.param == "sqlite" else request.getfixturevalue(request.param)


def test_mail_and_who_it_is_for(any_kind: Served) -> None:
    server = any_kind.server
    sent = server.submit(ALICE, "team@example.test")
    assert server.receives(ALICE, sent)
    assert server.receives(BOB, sent)
    answers = {
        ALICE: 250,
        "Alice+Tag@Example.Test": 250,
        "any@catch.test": 250,
        "alice@old.test": 250,
        "postmaster@catch.test": 250,
        "far@example.test": 250,
        "nobody@example.test": 550,
        "alic_@example.test": 550,
        "o'x@example.test": 550,
        "x\\'or'1'='1@example.test": 550,
        "x'--@example.test": 550,
        "someone@outside.test": 554,
        BOB: 552,  # full
        DAVE: 550,
    }
    assert {address: recipient(server, address)[0] for address in answers} == answers
    assert "gone" in recipient(server, DAVE)[1]
    assert recipient(server, BOB, size=2000)[0] == 552  # larger than the whole limit


def test_who_may_log_in_and_send(any_kind: Served) -> None:
    server = any_kind.server
    assert "AUTHENTICATIONFAILED" in login(server, ALICE, "wrong")
    assert "AUTHENTICATIONFAILED" in login(server, "nobody@example.test")
    assert "AUTHENTICATIONFAILED" in login(server, "alic_@example.test")
    assert "AUTHENTICATIONFAILED" in login(server, "\"' or ''='@example.test\"")
    for sender in (ALICE, "alice+x@example.test", "team@example.test", "any@catch.test", "postmaster@example.test"):
        server.submit(sender, ALICE, login=ALICE)
    for who, sender in ((ALICE, CAROL), (ALICE, "nobody@example.test"), (ALICE, "far@example.test"), (CAROL, CAROL)):
        with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused), match=r"55[34]"):
            server.submit(sender, ALICE, message(ALICE, ALICE), login=who)


def test_edits_are_live_when_the_command_returns(any_kind: Served) -> None:
    server, new = any_kind.server, "new@fresh.test"
    assert recipient(server, new)[0] == 554
    assert "AUTHENTICATIONFAILED" in login(server, new)
    setup(server, "email", "add", new, PASSWORD)
    assert (login(server, new), recipient(server, new)[0]) == ("OK", 250)
    assert server.receives(new, server.deliver("someone@outside.test", new))
    setup(server, "email", "update", new, "another")
    assert login(server, new, "another") == "OK"
    assert "AUTHENTICATIONFAILED" in login(server, new)
    setup(server, "alias", "add", "sales@fresh.test", new)
    assert "is an alias already" in server.run("setup", "email", "add", "sales@fresh.test", "x", check=False)
    assert recipient(server, "sales@fresh.test")[0] == 250
    setup(server, "quota", "set", new, "1k")
    assert recipient(server, new)[0] == 552
    said = setup(server, "email", "app-password", "add", new, "Phone")
    [program] = re.findall(r"\b[a-z0-9]{6}(?:-[a-z0-9]{6}){3}\b", said)
    assert login(server, new, program) == "OK"
    setup(server, "email", "app-password", "del", new, "Phone")
    assert "AUTHENTICATIONFAILED" in login(server, new, program)
    assert f"* {new}" in setup(server, "email", "list")
    exported = setup(server, "email", "export")
    assert "sales@fresh.test,,,new@fresh.test,,," in exported.splitlines()
    setup(server, "email", "del", "--yes", new)
    assert recipient(server, new)[0] == 554
    assert "AUTHENTICATIONFAILED" in login(server, new, "another")


def test_an_app_password_needs_an_account_in_the_database(postgresql: Served) -> None:
    server = postgresql.server
    assert (login(server, ALICE, PHONE), login_at_submission(server, ALICE, PHONE)) == ("OK", 235)
    assert "AUTHENTICATIONFAILED" in login(server, GONE, PHONE)
    assert login_at_submission(server, GONE, PHONE) == 535
    with stopped(postgresql):
        server.run("doveadm", "auth", "cache", "flush")
        assert [login_at_submission(server, address, PHONE) for address in (ALICE, GONE)] == [454] * 2
        assert "[UNAVAILABLE]" in login(server, ALICE, PHONE)
    until("mail again", lambda: recipient(server, f"after{next(FRESH)}@example.test")[0] == 550)


def test_a_token_needs_an_account_in_the_database(postgresql: Served) -> None:
    server, new = postgresql.server, "new@fresh.test"
    assert everywhere(server, ALICE, ALICE.upper()) == {IN}
    assert everywhere(server, new, "stranger@example.test") == {REFUSED}
    setup(server, "email", "add", new, PASSWORD)
    assert everywhere(server, new) == {IN}
    setup(server, "email", "del", "--yes", new)
    assert everywhere(server, new) == {REFUSED}
    with stopped(postgresql):
        server.run("doveadm", "auth", "cache", "flush")
        assert everywhere(server, ALICE, "stranger@example.test") == {LATER}
    until("mail again", lambda: recipient(server, f"after{next(FRESH)}@example.test")[0] == 550)
    assert everywhere(server, ALICE) == {IN}


def test_domains_that_have_aliases_only(any_kind: Served) -> None:
    zones = setup(any_kind.server, "dns", "--zone")
    assert all(f"zone of {name}\n" in zones for name in ("catch.test", "example.test", "old.test"))
    seen = json.loads(setup_even_so(any_kind.server, "status", "--json"))
    assert (seen["aliases"], seen["away"]) == (4, [])
    assert seen["domains"] >= 3


def test_each_query_is_shown_with_its_answer(postgresql: Served) -> None:
    told = setup(postgresql.server, "sql", "test", "team@example.test")
    assert told.startswith("the PostgreSQL database mail on postgresql.test answers, with TLS\n")
    query = "SELECT recipient FROM aliases WHERE alias = 'team@example.test' ORDER BY recipient"
    assert f"{query}\n  {ALICE}\n  {BOB}\n" in told
    assert f"its mail goes to: {ALICE}, {BOB}\n" in told
    assert "{BLF-CRYPT}…" in told
    assert "$2y$" not in told


def test_rows_are_data(postgresql: Served) -> None:
    place, server = postgresql.database, postgresql.server
    place.sql(
        "INSERT INTO accounts (address, password) VALUES"
        r" (E'evil@example.test', E'{PLAIN}x\tuserdb_home=/\nnopassword=y\nuser=alice@example.test');"
        "INSERT INTO aliases (alias, recipient) VALUES"
        " ('odd@example.test', '|/bin/sh -c id@x'), ('odder@example.test', ':include:@x');"
        f"INSERT INTO refused (address, direction, action) VALUES ('{ALICE}', 'receive', 'REDIRECT x@outside.test');"
    )
    try:
        assert "AUTHENTICATIONFAILED" in login(server, "evil@example.test", "x")
        assert recipient(server, "odd@example.test")[0] // 100 == 4
        assert recipient(server, "odder@example.test")[0] // 100 == 4
        until("another program's edit", lambda: recipient(server, ALICE)[0] == 554)
        assert [line for line in setup(server, "email", "list").splitlines() if "nopassword" in line] == []
    finally:
        place.sql(
            "DELETE FROM accounts WHERE address LIKE 'evil%'; DELETE FROM aliases WHERE alias LIKE 'odd%';"
            f"DELETE FROM refused WHERE address = '{ALICE}';"
        )
        until("another program's edit", lambda: recipient(server, ALICE)[0] == 250)


def test_secrets_stay_where_they_are(postgresql: Served) -> None:
    server, secret = postgresql.server, postgresql.database.environ["SQL_PASSWORD"][:8]
    seen = server.log() + server.run("ps", "axww", "-o", "args")
    for command in (("mailwright", "settings"), ("mailwright", "explain", "SQL_PASSWORD"), ("mailwright", "diff")):
        seen += server.run(*command, check=False)
    assert secret not in seen


Absence = Callable[[Served], object]


@pytest.mark.parametrize("absence", [stopped, paused, refusing_queries, refusing_us])
def test_postgresql_away_means_later(postgresql: Served, absence: Absence) -> None:
    is_told_later(postgresql, absence)


@pytest.mark.parametrize("absence", [stopped, paused])
def test_mariadb_away_means_later(mariadb: Served, absence: Absence) -> None:
    is_told_later(mariadb, absence)


def is_told_later(served: Served, absence: Absence) -> None:
    """While the database is away, mail and logins are told to try again later; and all is well afterwards."""
    server, waiting = served.server, served.fresh()
    assert login(server, ALICE) == "OK"  # Dovecot remembers her
    with absence(served):  # type: ignore[attr-defined]
        assert "[UNAVAILABLE]" in login(server, served.fresh())
        new = next(FRESH)  # what was asked a moment ago has an answer
        asked = (f"carol+{new}@example.test", f"nobody{new}@example.test", f"x@new{new}.test")
        assert {recipient(server, address)[0] // 100 for address in asked} == {4}
        assert login_at_submission(server, waiting) == 454
        assert "[UNAVAILABLE]" in login(server, "unknown@example.test")
        assert login(server, ALICE) == "OK"
        assert all_at_once(lambda number: recipient(server, f"u{number}@example.test")[0] // 100) == {4}
        unknown = all_at_once(lambda number: "[UNAVAILABLE]" in login(server, f"u{next(FRESH)}{number}@example.test"))
        assert unknown == {True}
        server.run("doveadm", "auth", "cache", "flush", "mailwright-health@directory.invalid")
        place = f"database mail on {served.database.driver}.test is down or refuses us"
        assert place in setup_even_so(server, "status")
        assert place in setup_even_so(server, "doctor", "--offline")
        assert "test is down or refuses us" in server.run("python3", "-m", "mailwright.programs.health", check=False)
    # Another address each time: smtpd(8) remembers for a while that it could not look one up.
    until("mail again", lambda: recipient(server, f"after{next(FRESH)}@example.test")[0] == 550)
    assert recipient(server, served.fresh())[0] == 250
    assert login(server, waiting) == "OK"
    assert login_at_submission(server, waiting) == 235


def test_accepted_mail_waits_in_the_queue(postgresql: Served) -> None:
    server, address = postgresql.server, postgresql.fresh()
    mail = message("someone@outside.test", address)
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=SECONDS) as client:
        client.ehlo()
        client.mail("someone@outside.test")
        assert client.rcpt(address)[0] == 250
        with paused(postgresql):
            code, _ = client.data(mail.as_bytes())
            assert code == 250 or code // 100 == 4
            if code == 250:
                until("the mail in the queue", lambda: waits(server.log(), address))
    until("mail again", lambda: recipient(server, f"after{next(FRESH)}@example.test")[0] == 550)
    if code == 250:
        assert server.receives(address, str(mail["Message-ID"]), queue=server)


def test_a_restart_under_load_loses_nobody(postgresql: Served) -> None:
    server, done, seen = postgresql.server, threading.Event(), set[object]()

    def ask() -> None:
        while not done.is_set():
            seen.add(recipient(server, CAROL)[0] // 100)

    def enter() -> None:
        while not done.is_set():
            answer = login(server, DAVE)
            seen.add(answer if answer == "OK" or "[UNAVAILABLE]" not in answer else "later")

    threads = [threading.Thread(target=work) for work in (ask, ask, ask, enter)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(2):
            postgresql.database.act("restart")
            until("mail again", lambda: recipient(server, f"alice+{next(FRESH)}@example.test")[0] == 250)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert seen <= {2, 4, "OK", "later"}
    assert {2, "OK"} <= seen
