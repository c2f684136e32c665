from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from mailwright.apply.causes import request
from mailwright.host.scrapes import Scrapes
from mailwright.programs.watch import Watch


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A command's end of a connection, and watch's."""
    ends = socket.socketpair()
    yield ends
    for end in ends:
        end.close()


def test_a_request_waits_with_what_it_says(pair: tuple[socket.socket, socket.socket]) -> None:
    command, connection = pair
    watch, line = Watch(connection, Scrapes()), request("setup email add bob@example.com", ["postfix-accounts.cf"])
    command.sendall(line)
    watch.hear(connection)
    assert watch.asking == [(connection, line)]


def test_a_command_that_hangs_up_asks_for_nothing(pair: tuple[socket.socket, socket.socket]) -> None:
    command, connection = pair
    watch = Watch(connection, Scrapes())
    command.close()
    watch.hear(connection)
    assert watch.asking == []
    assert connection.fileno() == -1
