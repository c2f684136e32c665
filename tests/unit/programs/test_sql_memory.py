"""What sql-lookups remembers of the database for a moment."""

from __future__ import annotations

import socket as sockets
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from mailwright.apply.sessions import forget_answers
from mailwright.core.sql_query import Query
from mailwright.formats import socketmap
from mailwright.host.sql_connection import Connection, UnavailableError, connect
from mailwright.model.provisioners.sql_answers import Answers
from mailwright.programs import sql_memory
from mailwright.programs.sql_lookups import MAPS, Directory, Postfix, Server
from mailwright.programs.sql_memory import Asking, Memory
from tests.unit.sqlite import ALICE, BOB, answers, database, filled, lookups

ADDRESSES = (
    *(
        ALICE,
        BOB,
        "team@example.com",
        "boss@example.com",
        "far@example.com",
        "nobody@example.com",
        "team+x@example.com",
    ),
    *("any@catch.test", "alice@old.test", "postmaster@example.com", "friend@else.test", "Own@example.com"),
)


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """A directory with accounts, some of them refused, one of them an alias of itself."""
    place = database(tmp_path)
    connection = filled(place)
    connection.execute("INSERT INTO refused (address, direction, action) VALUES (?, 'send', 'REJECT')", (BOB,))
    connection.execute("INSERT INTO accounts (address, password) VALUES ('own@example.com', '{PLAIN}x')")
    for recipient in ("own@example.com", BOB):
        connection.execute("INSERT INTO aliases (alias, recipient) VALUES ('own@example.com', ?)", (recipient,))
    return Directory(lookups(place))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What the database is asked, and with which values."""
    seen: list[tuple[str, ...]] = []
    rows = Connection.rows

    def told(self: Connection, query: Query, values: Mapping[str, object]) -> Sequence[Sequence[object]]:
        seen.append((query.text, *map(str, values.values())))
        return rows(self, query, values)

    monkeypatch.setattr(Connection, "rows", told)
    return seen


def told(directory: Directory, kind: str, key: str) -> object:
    """What Postfix is told."""
    return directory.answer_to_postfix(kind, key)[0]


@pytest.mark.parametrize("kind", MAPS)
def test_the_answers_are_those_of_single_queries(directory: Directory, kind: str) -> None:
    plain = answers(connect(directory.wanted.database), directory.wanted)
    keys = ("example.com", "else.test") if kind == "domain" else ADDRESSES
    for _ in range(2):
        assert [told(directory, kind, key) for key in keys] == [getattr(plain, kind)(key) for key in keys]


def test_the_questions_about_one_mail_ask_the_database_three_times(
    directory: Directory, asked: list[tuple[str, ...]]
) -> None:
    for _ in range(3):  # smtpd, cleanup and trivial-rewrite
        told(directory, "domain", "example.com")
        assert told(directory, "refused_send", "friend@else.test") is None
        assert told(directory, "refused_receive", "team@example.com") is None
        assert told(directory, "aliases", "team@example.com") == f"{ALICE}, {BOB}"
        assert told(directory, "aliases", ALICE) == ALICE
    assert [values for _, *values in asked] == [["example.com"], [], ["team@example.com"]]


@pytest.mark.parametrize("kind", ["refused_send", "refused_receive"])
def test_many_refusals_are_not_all_read(
    directory: Directory, asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sql_memory, "FEW", 0)
    for _ in range(2):
        answers = [told(directory, kind, key) for key in (BOB, ALICE)]
    assert answers == ["REJECT" if kind == "refused_send" else None, None]
    assert [values for _, *values in asked] == [[], [BOB], [ALICE]]


def test_what_is_too_old_is_asked_again(directory: Directory, asked: list[tuple[str, ...]]) -> None:
    directory.memory.seconds = -1.0
    for kind, key in (("mailbox", ALICE), ("domain", "else.test")):
        for _ in range(2):
            told(directory, kind, key)
    assert len(asked) == 4


def test_a_domain_of_an_account_or_alias_that_was_found_is_ours(
    directory: Directory, asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    directory.memory.seconds = -1.0  # a domain counts for longer
    assert directory.answer("passdb", ALICE.upper())
    assert told(directory, "aliases", "any@catch.test") is None
    assert told(directory, "aliases", "team@example.com")
    questions = len(asked)
    assert told(directory, "domain", "Example.com") == "ours"
    assert len(asked) == questions
    assert told(directory, "domain", "else.test") is None
    assert len(asked) == questions + 1
    directory.memory.forget()
    assert told(directory, "domain", "example.com") == "ours"
    assert len(asked) == questions + 2
    monkeypatch.setattr(sql_memory, "OURS_SECONDS", -1.0)
    told(directory, "domain", "example.com")
    assert len(asked) == questions + 3


def test_an_error_is_not_remembered(directory: Directory) -> None:
    connection = directory.pool.ask(lambda connection: connection)
    connection.execute("ALTER TABLE accounts RENAME TO away")
    for kind, key in (("aliases", ALICE), ("domain", "example.com"), ("mailbox", "nobody@example.com")):
        with pytest.raises(UnavailableError):
            told(directory, kind, key)
    connection.execute("ALTER TABLE away RENAME TO accounts")
    assert told(directory, "aliases", ALICE) == ALICE
    assert told(directory, "domain", "example.com") == "ours"


@pytest.fixture
def socket(tmp_path: Path, directory: Directory, loopback: object) -> Iterator[str]:
    """The socket of Postfix, served."""
    path = str(tmp_path / "postfix")
    with Server(path, Postfix, directory) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield path
        server.shutdown()


def test_a_command_that_edits_makes_it_forget(directory: Directory, socket: str) -> None:
    assert told(directory, "mailbox", "new@example.com") is None
    insert = "INSERT INTO accounts (address, password) VALUES ('new@example.com', '{PLAIN}x')"
    directory.pool.ask(lambda connection: connection.execute(insert))
    assert told(directory, "mailbox", "new@example.com") is None
    forget_answers(socket)
    assert told(directory, "mailbox", "new@example.com") == "new@example.com"


@pytest.mark.usefixtures("loopback")
def test_nothing_is_forgotten_without_the_program(tmp_path: Path) -> None:
    forget_answers(str(tmp_path / "nowhere"))


def test_an_answer_from_before_an_edit_is_not_kept() -> None:
    memory = Memory()

    class Edited:
        """A database that somebody edits while it answers."""

        def rows(self, _query: Query, _values: Mapping[str, object]) -> list[object]:
            memory.forget()
            return []

    asking = Asking(memory, {"domain": Query("SELECT 1")}, Edited())  # type: ignore[arg-type]
    assert asking.rows("domain", domain="x.test") == []
    assert memory.known == {}
    memory.put_answer(0, asking.since, b"15:domain x.test,", b"9:NOTFOUND ,")
    assert memory.answers == {}


def test_the_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_memory, "REMEMBERED", 2)
    memory = Memory()
    memory.put(0, 1.0, {("domain", str(number), ""): [] for number in range(5)})
    assert len(memory.known) == 2
    for number in range(5):
        memory.put_answer(0, 1.0, b"%d" % number, b"9:NOTFOUND ,")
    assert len(memory.answers) == 2


def test_a_question_that_was_answered_a_moment_ago_is_not_worked_on(
    directory: Directory, socket: str, asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    question = socketmap.netstring(f"aliases {ALICE}".encode())
    with sockets.socket(sockets.AF_UNIX) as client:
        client.connect(socket)
        client.sendall(question[:9])  # a question may come in parts
        client.sendall(question[9:] + question)
        answer = socketmap.found(ALICE)
        assert client.makefile("rb").read(2 * len(answer)) == 2 * answer
        monkeypatch.setattr(Answers, "aliases", None)
        client.sendall(question)
        assert client.makefile("rb").read(len(answer)) == answer
    assert len(asked) == 1


def test_an_answer_is_as_old_as_the_rows_that_it_follows_from(directory: Directory) -> None:
    told(directory, "aliases", "team@example.com")
    now = time.monotonic()
    since = directory.answer_to_postfix("mailbox", ALICE)[1]
    assert since < now  # known from the first question
    memory = Memory()
    memory.put_answer(0, since - memory.seconds, b"3:x y,", b"9:NOTFOUND ,")
    assert memory.answer(b"3:x y,") is None
