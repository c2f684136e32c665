"""What Postfix gets of Dovecot's answers about logins."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from mailwright.programs import auth_relay

LOGIN = b"AUTH\t1\tPLAIN\tservice=smtp\n"
TEMPORARY = b"FAIL\t1\tuser=a@b.c\tcode=temp_fail\n"


class Pair:
    """Postfix's and Dovecot's ends of a relay that runs, and what it said when it ended."""

    def __init__(self, seconds: float) -> None:
        self.postfix, near = socket.socketpair()
        self.dovecot, far = socket.socketpair()
        self.said: str | None = None
        self.logged_in: list[str] = []
        self.thread = Thread(target=self._run, args=(near, far, seconds))
        self.thread.start()

    def _run(self, near: socket.socket, far: socket.socket, seconds: float) -> None:
        with near, far:
            try:
                self.said = auth_relay.Relay(near, far, seconds, self.logged_in.append).run()
            except EOFError as end:
                self.said = f"the end of {'postfix' if end.args[0] is near else 'dovecot'}"
            except ConnectionError:
                self.said = "the end"

    def ended(self) -> str | None:
        self.thread.join(10)
        return self.said


@pytest.fixture
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    pair = Pair(getattr(request, "param", 10.0))
    with pair.postfix, pair.dovecot:
        yield pair
    assert pair.ended() is not None


@pytest.mark.parametrize("answer", [b"OK\t1\tuser=a@b.c\n", b"FAIL\t1\tuser=a@b.c\n", b"CONT\t1\tdGVtcA==\n",
                                    b"FAIL\t1\tuser=code=temp_fail\n",
                                    b"FAIL\t1\tuser=x\treason=code=temp_fail\n"])  # fmt: skip
def test_lines_pass_as_they_are(pair: Pair, answer: bytes) -> None:
    pair.dovecot.sendall(b"VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nDO")
    pair.dovecot.sendall(b"NE\n")

    pair.postfix.sendall(LOGIN)
    assert pair.dovecot.recv(100) == LOGIN
    pair.dovecot.sendall(answer)
    received = b""
    while not received.endswith(answer):
        received += pair.postfix.recv(1000)


def test_the_log_names_an_app_password(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    logged: list[str] = []
    monkeypatch.setattr(auth_relay, "log", logged.append)
    pair.postfix.sendall(b"AUTH\t1\tPLAIN\tservice=smtp\trip=192.0.2.1\tresp=c2VjcmV0\n")
    pair.dovecot.sendall(b"OK\t1\tuser=a@b.c\tapp_password=Phone\n")
    assert b"user=a@b.c" in pair.postfix.recv(100)
    assert pair.logged_in == ["a@b.c"]
    assert logged == ["Logged in: user=<a@b.c>, rip=192.0.2.1, app-password=Phone"]


def test_a_login_that_could_not_be_checked_is_no_wrong_password(pair: Pair) -> None:
    pair.postfix.sendall(LOGIN)
    assert pair.dovecot.recv(100) == LOGIN
    pair.dovecot.sendall(TEMPORARY)
    assert pair.postfix.recv(100) == b""
    assert pair.ended() == "Dovecot could not check it"


@pytest.mark.parametrize("pair", [0.05], indirect=True)
def test_no_answer_ends_the_connection(pair: Pair) -> None:
    pair.postfix.sendall(LOGIN)
    assert pair.postfix.recv(100) == b""
    assert pair.ended() == "no answer within 0.05 s"


@pytest.mark.parametrize("pair", [0.05], indirect=True)
def test_dovecot_that_does_not_even_greet(pair: Pair) -> None:
    assert pair.postfix.recv(100) == b""
    assert pair.ended() == "no answer within 0.05 s"


@pytest.mark.parametrize("pair", [0.5], indirect=True)
def test_a_greeting_ends_the_wait(pair: Pair) -> None:
    pair.dovecot.sendall(b"VERSION\t1\t2\nDONE\n")
    pair.thread.join(0.7)
    assert pair.thread.is_alive()


@pytest.mark.parametrize("pair", [0.05], indirect=True)
def test_silence_without_a_login_ends_nothing(pair: Pair) -> None:
    pair.postfix.sendall(LOGIN)
    pair.dovecot.sendall(b"OK\t1\n")
    assert pair.postfix.recv(100) == b"OK\t1\n"
    pair.thread.join(0.2)
    assert pair.thread.is_alive()


@pytest.mark.parametrize("side", ["postfix", "dovecot"])
def test_the_end_of_one_side_is_the_end(pair: Pair, side: str) -> None:
    getattr(pair, side).close()
    assert pair.ended() == f"the end of {side}"


def test_the_process_at_the_other_end() -> None:
    near, far = socket.socketpair()
    with near, far:
        assert auth_relay.process(near) == os.getpid()


def test_what_has_ended_is_forgotten(tmp_path: Path) -> None:
    for name in (str(os.getpid()), "99999999", "auth"):
        (tmp_path / name).touch()
    auth_relay.forget(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {str(os.getpid()), "auth"}
