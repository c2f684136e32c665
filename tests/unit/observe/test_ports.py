from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from mailwright.observe import ports


@contextmanager
def server(greeting: bytes) -> Iterator[tuple[int, Future[bytes]]]:
    """A server for one client: its port, and what the client says after the greeting."""
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def serve() -> bytes:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(greeting)
                return connection.recv(512)

        yield listener.getsockname()[1], pool.submit(serve)


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize(
    ("greeting", "expected", "goodbye"),
    [(b"220 mail.example.com ESMTP\r\n", "220", b"QUIT\r\n"), (b"* OK ready\r\n", "* OK", b"a LOGOUT\r\n")],
)
def test_a_port_that_greets(greeting: bytes, expected: str, goodbye: bytes) -> None:
    with server(greeting) as (port, heard):
        assert ports.silent_port(f"postfix smtp 127.0.0.1 {port} plain {expected}") == ""
        assert heard.result(5) == goodbye


@pytest.mark.usefixtures("loopback")
def test_a_port_that_says_something_else() -> None:
    with server(b"554 no\r\n") as (port, _):
        said = ports.silent_port(f"postfix smtp 127.0.0.1 {port} plain 220")
    assert said == f"postfix: port {port} (smtp) says '554 no', not '220'"


@pytest.mark.usefixtures("loopback")
def test_a_port_that_does_not_speak_tls() -> None:
    with server(b"220 plain\r\n") as (port, _):
        said = ports.silent_port(f"postfix submissions 127.0.0.1 {port} tls 220")
    assert said.startswith(f"postfix: port {port} (submissions) does not answer: ")


@pytest.mark.usefixtures("loopback")
def test_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    said = ports.silent_port(f"dovecot imap 127.0.0.1 {port} plain * OK")
    assert said == f"dovecot: port {port} (imap) does not answer: [Errno 111] Connection refused"
