"""sql-lookups as Postfix and Dovecot ask it, with a database of SQLite."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwright.formats import pgsql_messages
from mailwright.programs.sql_lookups import Directory, Dovecot, Postfix, Server
from tests.unit import sqlite
from tests.unit.sqlite import ALICE, BOB, HASH

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    """A directory with accounts."""
    place = sqlite.database(tmp_path)
    sqlite.filled(place)
    return Directory(sqlite.lookups(place))


@pytest.fixture
def sockets(tmp_path: Path, directory: Directory) -> Iterator[tuple[str, str]]:
    """The sockets of Postfix and Dovecot, served."""
    paths = str(tmp_path / "postfix"), str(tmp_path / "dovecot")
    servers = [Server(path, kind, directory) for path, kind in zip(paths, (Postfix, Dovecot), strict=True)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield paths
    for server in servers:
        server.shutdown()
        server.server_close()


def asked(path: str, *questions: bytes) -> bytes:
    """All that is answered to ``questions``, written at once."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(b"".join(questions))
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as answers:
            return answers.read()


def netstring(text: str) -> bytes:
    """As Postfix writes."""
    return b"%d:%s," % (len(text.encode()), text.encode())


def query(text: str) -> bytes:
    """As Dovecot writes."""
    return pgsql_messages.message(b"Q", text.encode() + b"\0")


START = struct.pack("!ii", 16, 196608) + b"user\0x\0\0"


def test_postfix(sockets: tuple[str, str]) -> None:
    questions = (
        f"aliases {ALICE}",
        "aliases nobody@example.com",
        "aliases example.com",
        "domain example.com",
        "domain else.test",
        "senders team@example.com",
        "catch_all any@catch.test",
        f"refused_send {BOB}",
        "passdb alice@example.com",
        "__init__ x@y",
    )
    answers = asked(sockets[0], *map(netstring, questions))
    no = netstring("NOTFOUND ")
    nothing = netstring("TEMP there is no such table")
    expected = [netstring(f"OK {ALICE}"), no, no, netstring("OK ours"), no]
    expected += [netstring(f"OK {ALICE},{BOB}"), netstring(f"OK {ALICE}"), no, nothing, nothing]
    assert answers == b"".join(expected)


def test_a_stranger_on_the_socket_gets_nothing(sockets: tuple[str, str]) -> None:
    assert asked(sockets[0], b"GET / HTTP/1.0\r\n\r\n") == b""
    assert asked(sockets[1], b"GET / HTTP/1.0\r\n\r\n") == b""


def test_dovecot(sockets: tuple[str, str]) -> None:
    answers = asked(sockets[1], START, query(f"SELECT passdb('{ALICE}')"), query("SELECT passdb('x@example.com')"))
    assert HASH.encode() in answers
    assert pgsql_messages.message(b"C", b"SELECT 0\0") in answers
    assert answers.count(pgsql_messages.READY) == 3
    listed = asked(sockets[1], START, query("SELECT accounts('')"))
    assert ALICE.encode() in listed
    assert pgsql_messages.message(b"C", b"SELECT 2\0") in listed


def test_a_name_is_no_query(sockets: tuple[str, str]) -> None:
    evil = "x'' OR ''1''=''1"
    answers = asked(sockets[1], START, query(f"SELECT passdb('{evil}')"), query("DROP TABLE accounts"))
    assert HASH.encode() not in answers
    assert b"there is no such question" in answers
    assert asked(sockets[0], netstring(f"aliases {ALICE}")) == netstring(f"OK {ALICE}")


def test_without_an_answer_nobody_is_unknown(
    sockets: tuple[str, str], directory: Directory, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(directory.wanted.database.path).unlink()
    for kind in ("aliases", "mailbox", "senders", "refused_receive"):
        assert asked(sockets[0], netstring(f"{kind} x@example.com")).partition(b":")[2].startswith(b"TEMP ")
    assert asked(sockets[0], netstring("domain example.com")).partition(b":")[2].startswith(b"TEMP ")
    answers = asked(sockets[1], START, query(f"SELECT passdb('{ALICE}')"), query(f"SELECT userdb('{ALICE}')"))
    # A row, with neither a password nor an error: the connection stays, and Dovecot says "temporary".
    assert answers.count(pgsql_messages.message(b"C", b"SELECT 1\0")) == 2
    assert answers.count(b"tempfail\0") == 2
    assert pgsql_messages.message(b"E", b"")[:1] + b"\0" not in answers
    assert "does not exist" in capsys.readouterr().out


def test_a_table_that_is_missing_is_named_in_the_log(
    sockets: tuple[str, str], directory: Directory, capsys: pytest.CaptureFixture[str]
) -> None:
    directory.pool.ask(lambda connection: connection.execute("DROP TABLE aliases"))
    assert asked(sockets[0], netstring("aliases x@example.com")).partition(b":")[2].startswith(b"TEMP ")
    assert "refuses the query aliases: no such table: aliases" in capsys.readouterr().out
