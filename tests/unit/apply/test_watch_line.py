from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailwright.apply.causes import Causes, requested
from mailwright.apply.outcome import Outcome
from mailwright.apply.watch_line import UnansweredError, watch_line
from mailwright.core import sockets

pytestmark = pytest.mark.usefixtures("loopback")
OUTCOME = Outcome(3, problems=("a.cf:1: wrong",), waiting=Causes(("setup x",)))


@contextmanager
def watching(path: Path, answer: bytes) -> Iterator[Callable[[], Future[bytes]]]:
    """A watching process that answers one request; gives what it was asked."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, ThreadPoolExecutor(1) as pool:
        listener.bind(str(path))
        listener.listen()

        def serve() -> bytes:
            connection, _ = listener.accept()
            with connection:
                line = connection.recv(1 << 16)
                connection.sendall(answer)
                return line

        future = pool.submit(serve)
        yield lambda: future


def test_a_request_and_its_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WATCH", str(tmp_path / "watch.sock"))
    with watching(tmp_path / "watch.sock", OUTCOME.text().encode()) as asked, watch_line() as line:
        assert line.ask("setup x", ["a.cf"]) == OUTCOME
        assert requested(asked().result(5)) == Causes(("setup x",), ("a.cf",))


def test_an_answer_that_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WATCH", str(tmp_path / "watch.sock"))
    with watching(tmp_path / "watch.sock", OUTCOME.text().encode()[:-9]), watch_line() as line:
        with pytest.raises(UnansweredError):
            line.ask("setup x", [])


def test_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WATCH", str(tmp_path / "watch.sock"))
    with watch_line() as line:
        assert line.ask("setup x", ["a.cf"]) == Outcome()
