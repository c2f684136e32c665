"""One program at a time answers a connection; without a plan there is no socket."""

from __future__ import annotations

import os
import select
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailwright.core import sockets
from mailwright.host import scrapes
from mailwright.host.scrapes import Scrapes


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scrapes]:
    """With a plan, and a program that answers with the number of its process once it reads a byte of ``go``."""
    (tmp_path / "plan").write_text("{}")
    os.mkfifo(tmp_path / "go")
    program = f"import os; open({str(tmp_path / 'go')!r}).read(1); os.write(1, str(os.getpid()).encode())"
    monkeypatch.setattr(scrapes, "PLAN", str(tmp_path / "plan"))
    monkeypatch.setattr(scrapes, "COMMAND", (sys.executable, "-c", program))
    monkeypatch.setattr(sockets, "METRICS", str(tmp_path / "socket"))
    found = Scrapes()
    found.prepare()
    yield found
    if found.listener:
        found.listener.close()


def connected() -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(30)
    client.connect(sockets.METRICS)
    return client


def turn(found: Scrapes) -> None:
    """What the watching process does when something is readable."""
    assert select.select(found.waited_for(), [], [], 30)[0]
    found.keep()


def let_go(folder: Path) -> None:
    with (folder / "go").open("w") as go:
        go.write("x")


def test_an_answer_at_a_time(waiting: Scrapes, tmp_path: Path) -> None:
    with connected() as first, connected() as second:
        turn(waiting)
        child = waiting.child
        assert waiting.waited_for() == [waiting.end]  # the second waits
        let_go(tmp_path)
        assert first.recv(100) == str(child).encode()
        assert first.recv(100) == b""
        turn(waiting)
        assert not waiting.child
        turn(waiting)
        let_go(tmp_path)
        assert second.recv(100) == str(waiting.child).encode()
        turn(waiting)


def test_only_the_plans_group_may_ask(waiting: Scrapes, tmp_path: Path) -> None:
    status = Path(sockets.METRICS).stat()
    assert stat.S_IMODE(status.st_mode) == 0o660
    assert status.st_gid == (tmp_path / "plan").stat().st_gid


def test_without_a_plan_there_is_no_socket(waiting: Scrapes, tmp_path: Path) -> None:
    (tmp_path / "plan").unlink()
    waiting.prepare()
    assert waiting.waited_for() == []
    assert not Path(sockets.METRICS).exists()
    (tmp_path / "plan").write_text("{}")
    waiting.prepare()
    with connected():
        assert waiting.waited_for()


def test_a_program_that_cannot_start_ends_the_connection(waiting: Scrapes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scrapes, "COMMAND", ("/nonexistent",))
    with connected() as client:
        turn(waiting)
        assert client.recv(100) == b""
    assert not waiting.child


def test_a_client_that_hangs_up_stops_nothing(waiting: Scrapes, tmp_path: Path) -> None:
    connected().close()
    turn(waiting)
    let_go(tmp_path)
    turn(waiting)
    with connected() as client:
        turn(waiting)
        let_go(tmp_path)
        assert client.recv(100)
        turn(waiting)


def test_after_starting_over_the_same_socket_goes_on(waiting: Scrapes, tmp_path: Path) -> None:
    assert waiting.listener
    with connected() as client:
        again = Scrapes(os.dup(waiting.listener.fileno()))
        again.prepare()
        turn(again)
        let_go(tmp_path)
        assert client.recv(100) == str(again.child).encode()
        turn(again)
        assert again.listener
        again.listener.close()
