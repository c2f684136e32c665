"""What sql-lookups remembers of the database for a moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from mailwright.apply.sessions import forget_answers
from mailwright.core.sql_query import Query
from mailwright.host.sql_connection import Connection, UnavailableError, connect
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


@pytest.mark.parametrize("kind", MAPS)
def test_the_answers_are_those_of_single_queries(directory: Directory, kind: str) -> None:
    plain = answers(connect(directory.wanted.database), directory.wanted)
    keys = ("example.com", "else.test") if kind == "domain" else ADDRESSES
    for _ in range(2):
        assert [directory.answer_to_postfix(kind, key) for key in keys] == [getattr(plain, kind)(key) for key in keys]


def test_the_questions_about_one_mail_ask_the_database_three_times(
    directory: Directory, asked: list[tuple[str, ...]]
) -> None:
    for _ in range(3):  # smtpd, cleanup and trivial-rewrite
        directory.answer_to_postfix("domain", "example.com")
        assert directory.answer_to_postfix("refused_send", "friend@else.test") is None
        assert directory.answer_to_postfix("refused_receive", "team@example.com") is None
        assert directory.answer_to_postfix("aliases", "team@example.com") == f"{ALICE}, {BOB}"
        assert directory.answer_to_postfix("aliases", ALICE) == ALICE
    assert [values for _, *values in asked] == [["example.com"], [], ["team@example.com"]]


@pytest.mark.parametrize("kind", ["refused_send", "refused_receive"])
def test_many_refusals_are_not_all_read(
    directory: Directory, asked: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(sql_memory, "FEW", 0)
    for _ in range(2):
        answers = [directory.answer_to_postfix(kind, key) for key in (BOB, ALICE)]
    assert answers == ["REJECT" if kind == "refused_send" else None, None]
    assert [values for _, *values in asked] == [[], [BOB], [ALICE]]


def test_what_is_too_old_is_asked_again(directory: Directory, asked: list[tuple[str, ...]]) -> None:
    directory.memory.seconds = -1.0
    for _ in range(2):
        directory.answer_to_postfix("domain", "example.com")
    assert len(asked) == 2


def test_an_error_is_not_remembered(directory: Directory) -> None:
    connection = directory.pool.ask(lambda connection: connection)
    connection.execute("ALTER TABLE accounts RENAME TO away")
    for kind, key in (("aliases", ALICE), ("domain", "example.com"), ("mailbox", "nobody@example.com")):
        with pytest.raises(UnavailableError):
            directory.answer_to_postfix(kind, key)
    connection.execute("ALTER TABLE away RENAME TO accounts")
    assert directory.answer_to_postfix("aliases", ALICE) == ALICE
    assert directory.answer_to_postfix("domain", "example.com") == "ours"


@pytest.fixture
def socket(tmp_path: Path, directory: Directory, loopback: object) -> Iterator[str]:
    """The socket of Postfix, served."""
    path = str(tmp_path / "postfix")
    with Server(path, Postfix, directory) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield path
        server.shutdown()


def test_a_command_that_edits_makes_it_forget(directory: Directory, socket: str) -> None:
    assert directory.answer_to_postfix("mailbox", "new@example.com") is None
    insert = "INSERT INTO accounts (address, password) VALUES ('new@example.com', '{PLAIN}x')"
    directory.pool.ask(lambda connection: connection.execute(insert))
    assert directory.answer_to_postfix("mailbox", "new@example.com") is None
    forget_answers(socket)
    assert directory.answer_to_postfix("mailbox", "new@example.com") == "new@example.com"


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


def test_the_memory_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_memory, "REMEMBERED", 2)
    memory = Memory()
    memory.put(0, 1.0, {("domain", str(number), ""): [] for number in range(5)})
    assert len(memory.known) == 2
