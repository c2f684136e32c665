"""A web server that strangers have filled says nothing about mail."""

from __future__ import annotations

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mailwright.core import sockets
from mailwright.observe import dialogues
from mailwright.observe.conversation import UnexpectedError
from mailwright.observe.open_connections import open_connections


def ask(answer: bytes) -> None:
    """Asks a server that says ``answer`` and closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(answer)

        pool.submit(serve)
        dialogues.http(f"127.0.0.1:{listener.getsockname()[1]}", "plain", "mail.example.com")


def is_refused(answer: bytes) -> bool:
    try:
        ask(answer)
    except (OSError, UnexpectedError):
        return True
    return False


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(("connections", "refused"), [(0, True), (sockets.WEB_CONNECTIONS, False)])
def test_a_connection_that_is_closed(monkeypatch: pytest.MonkeyPatch, connections: int, refused: bool) -> None:
    monkeypatch.setattr(dialogues, "open_connections", lambda: Counter({80: connections // 2, 443: connections // 2}))
    assert is_refused(b"") == refused
    assert is_refused(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert not is_refused(b"HTTP/1.1 200 OK\r\n")


def test_only_connections_that_are_open_count(tmp_path: Path) -> None:
    rows = (
        "  sl  local_address rem_address   st",
        *(f"{n}: 0100007F:0050 0:{n} {st} 0" for n, st in enumerate(("01", "0A", "01"))),
    )
    (tmp_path / "tcp").write_text("\n".join(rows))
    assert open_connections((str(tmp_path / "tcp"), str(tmp_path / "tcp6"))) == {80: 2}
