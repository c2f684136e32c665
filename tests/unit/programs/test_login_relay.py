"""What Dovecot's login processes get of its answers."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Thread

import pytest

from mailwright.programs import login_relay

FAILURE = base64.b64encode(b'{"schemes":"bearer","status":"500","scope":"mail"}')
WRONG = base64.b64encode(b'{"schemes":"bearer","status":"401","scope":"mail"}')


class Pair:
    """A login process's and Dovecot's ends of a relay that runs."""

    def __init__(self) -> None:
        self.login, self.near = socket.socketpair()
        self.dovecot, self.far = socket.socketpair()
        self.thread = Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        with self.near, self.far, suppress(ConnectionError):
            login_relay.relay(self.near.fileno(), self.near.fileno(), self.far)

    def answer(self, *lines: bytes) -> None:
        self.dovecot.sendall(b"".join(line + b"\n" for line in lines))


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    for end in (pair.login, pair.dovecot):
        end.settimeout(10)
    with pair.login, pair.dovecot:
        yield pair
    pair.thread.join(10)
    assert not pair.thread.is_alive()


def test_lines_pass_as_they_are(pair: Pair) -> None:
    pair.login.sendall(b"AUTH\t1\tPLAIN\tresp=x\n")
    assert pair.dovecot.recv(1000) == b"AUTH\t1\tPLAIN\tresp=x\n"
    lines = [b"OK\t1\tuser=a@b.c", b"FAIL\t2\tuser=a@b.c", b"CONT\t3\t" + WRONG, b"FAIL\t3\tresp=" + WRONG]
    pair.answer(*lines)
    expected, received = b"".join(line + b"\n" for line in lines), b""
    while len(received) < len(expected):
        received += pair.login.recv(1000)
    assert received == expected


def test_a_challenge_that_tells_of_a_failure_is_answered_here(pair: Pair) -> None:
    pair.answer(b"CONT\t4\t" + FAILURE)
    assert pair.dovecot.recv(1000) == b"CONT\t4\t\n"
    pair.answer(b"FAIL\t5\tuser=x@b.c")
    assert pair.login.recv(1000) == b"FAIL\t5\tuser=x@b.c\n"
    pair.answer(b"FAIL\t4\tuser=a@b.c")
    assert pair.login.recv(1000) == b"FAIL\t4\tuser=a@b.c\tcode=temp_fail\n"
    pair.answer(b"FAIL\t4\tuser=a@b.c")
    assert pair.login.recv(1000) == b"FAIL\t4\tuser=a@b.c\n"


def test_a_refusal_that_tells_of_a_failure_is_temporary(pair: Pair) -> None:
    pair.answer(b"FAIL\t4\tuser=a@b.c\tresp=" + FAILURE)
    assert pair.login.recv(1000) == b"FAIL\t4\tuser=a@b.c\tcode=temp_fail\n"


def test_a_line_in_two_parts_is_one_line(pair: Pair) -> None:
    pair.dovecot.sendall(b"FAIL\t4\tuser=a@b.c\tresp=" + FAILURE[:9])
    pair.dovecot.sendall(FAILURE[9:] + b"\n")
    assert pair.login.recv(1000) == b"FAIL\t4\tuser=a@b.c\tcode=temp_fail\n"


@pytest.mark.parametrize("side", ["login", "dovecot"])
def test_the_end_of_one_side_is_the_end(pair: Pair, side: str) -> None:
    getattr(pair, side).close()
    pair.thread.join(10)
    assert not pair.thread.is_alive()
