"""Whose connections reach Postfix, and what Postfix is told of them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from mailwright.formats.proxy_header import LOCAL
from mailwright.programs.proxy_protocol import EndedError, Gate, RefusedError, Server

pytestmark = pytest.mark.usefixtures("loopback")
CLIENT = b"PROXY TCP4 203.0.113.9 192.0.2.1 4000 25\r\n"
TOLD = b"client_address\x00203.0.113.9\0client_port\x004000\0server_address\x00192.0.2.1\0server_port\x0025\0\0"


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Both ends of a connection over the loopback: a proxy's and ours."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = socket.create_connection(server.getsockname())
        ours, _ = server.accept()
    with proxy, ours:
        yield proxy, ours


def passed(
    tmp_path: Path, ends: tuple[socket.socket, socket.socket], service: str, said: bytes, *networks: str
) -> bytes:
    """What Postfix is told; it answers over the connection that it gets."""
    proxy, ours = ends
    with socket.socket(socket.AF_UNIX) as postfix:
        postfix.bind(str(tmp_path / service))
        postfix.listen()
        proxy.sendall(said)
        Gate(str(tmp_path), networks).pass_on(ours, service)
        connection, _ = postfix.accept()
        with connection:
            _, [number], _, _ = socket.recv_fds(connection, 1, 1)
            told = connection.recv(1000)
    with socket.socket(fileno=number) as client:
        client.sendall(b"220 " + client.recv(100))
    assert proxy.recv(200).startswith(b"220 ")
    return told


def test_smtpd_is_told_who_the_client_is(tmp_path: Path, ends: tuple[socket.socket, socket.socket]) -> None:
    said = CLIENT + b"EHLO x\r\n"
    assert passed(tmp_path, ends, "submission-proxy", said, "10.0.0.0/8", "127.0.0.1/32") == TOLD


def test_postscreen_reads_the_header_itself(tmp_path: Path, ends: tuple[socket.socket, socket.socket]) -> None:
    assert passed(tmp_path, ends, "smtp-proxy", CLIENT, "127.0.0.0/8") == b"\0"


def test_the_health_check(tmp_path: Path, ends: tuple[socket.socket, socket.socket]) -> None:
    told = passed(tmp_path, ends, "submission-proxy", LOCAL + b"EHLO x\r\n", "10.0.0.0/8")
    assert told.startswith(b"client_address\x00127.0.0.1\0")


@pytest.mark.parametrize(
    ("said", "networks", "reason"),
    [
        (CLIENT, "10.0.0.0/8", "is not in PROXY_PROTOCOL_NETWORKS, and speaks"),
        (CLIENT.replace(b"203.0.113.9", b"127.0.0.2"), "127.0.0.0/8", "speaks for 127.0.0.2"),
        (b"PROXY TCP6 ::1 2001:db8::1 4 25\r\n", "127.0.0.0/8", "speaks for ::1"),
        (b"PROXY TCP6 ::ffff:127.0.0.1 2001:db8::1 4 25\r\n", "127.0.0.0/8", "speaks for 127.0.0.1"),
        (b"PROXY TCP4 0.0.0.0 192.0.2.1 4 25\r\n", "127.0.0.0/8", "speaks for 0.0.0.0"),
        (b"PROXY TCP4 224.0.0.1 192.0.2.1 4 25\r\n", "127.0.0.0/8", "speaks for 224.0.0.1"),
        (b"EHLO x\r\n", "127.0.0.0/8", "has no PROXY header"),
    ],
)
def test_refused(ends: tuple[socket.socket, socket.socket], said: bytes, networks: str, reason: str) -> None:
    proxy, ours = ends
    proxy.sendall(said)
    with pytest.raises(RefusedError, match=reason):
        Gate("/nonexistent", [networks]).pass_on(ours, "smtp-proxy")


def test_a_proxy_that_only_looks(ends: tuple[socket.socket, socket.socket]) -> None:
    proxy, ours = ends
    proxy.close()
    with pytest.raises(EndedError):
        Gate("/nonexistent", ["127.0.0.0/8"]).pass_on(ours, "smtp-proxy")


def test_a_proxy_that_has_gone_before_its_turn() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = socket.create_connection(server.getsockname())
        proxy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # it resets the connection
        proxy.close()
        ours, _ = server.accept()
    with ours, pytest.raises(EndedError):
        Gate("/nonexistent", ["127.0.0.0/8"]).pass_on(ours, "smtp-proxy")


def test_a_banned_client(
    tmp_path: Path, ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailwright.programs.proxy_protocol.BANNED", str(tmp_path))
    (tmp_path / "203.0.113.9").mkdir()
    proxy, ours = ends
    proxy.sendall(CLIENT)
    with pytest.raises(EndedError):
        Gate("/nonexistent", ["127.0.0.0/8"]).pass_on(ours, "smtp-proxy")


def test_a_header_in_two_parts(tmp_path: Path, ends: tuple[socket.socket, socket.socket]) -> None:
    proxy, _ = ends
    proxy.sendall(CLIENT[:20])
    assert passed(tmp_path, ends, "submission-proxy", CLIENT[20:] + b"EHLO x\r\n", "127.0.0.0/8") == TOLD


def test_a_silent_proxy(ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailwright.programs.proxy_protocol.PATIENCE", 0.1)
    with pytest.raises(RefusedError, match="in time"):
        Gate("/nonexistent", ["127.0.0.0/8"]).pass_on(ends[1], "smtp-proxy")


WITHOUT_POSTFIX = ["smtp-proxy: 127.0.0.1 is closed: Postfix does not answer: No such file or directory"]


@pytest.mark.parametrize(("said", "logged"), [(CLIENT, WITHOUT_POSTFIX), (LOCAL, [])])
def test_without_postfix_the_connection_ends(
    said: bytes, logged: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr("mailwright.programs.proxy_protocol.log", lines.append)
    with Server("127.0.0.1", 0, Gate(str(tmp_path), ["127.0.0.0/8"]), "smtp-proxy") as server:
        Thread(target=server.handle_request).start()
        with socket.create_connection(("127.0.0.1", server.socket.getsockname()[1]), 10) as proxy:
            proxy.sendall(said)
            with suppress(ConnectionResetError):  # the header has not been read
                assert proxy.recv(10) == b""
    assert lines == logged
