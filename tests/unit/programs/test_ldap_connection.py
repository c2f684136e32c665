"""What is said of a directory that makes no TLS with us."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mailwright.programs.ldap_connection import Server, Tls
from tests.pki import pair

NONE, OURS, UNKNOWN, FOREIGN = "none", "ours", "unknown", "foreign authority"


@contextmanager
def demanding(folder: Path, newest: ssl.TLSVersion) -> Iterator[str]:
    """The URI of a directory that demands the certificate OURS, and says nothing more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "directory")
    context.load_verify_locations(folder / OURS)
    context.verify_mode, context.maximum_version = ssl.CERT_REQUIRED, newest

    def serve(listening: socket.socket) -> None:
        plain, _ = listening.accept()
        with context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False) as tls:
            with suppress(OSError):
                tls.do_handshake()
            with suppress(OSError):
                tls.shutdown(socket.SHUT_WR)  # what came behind the handshake would otherwise reset the connection
                while tls.recv(1000):
                    pass

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        yield f"ldaps://localhost:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("shown", "newest", "told"),
    [
        (NONE, ssl.TLSVersion.TLSv1_3, "demands a certificate of ours (LDAP_TLS_CERT)"),
        (NONE, ssl.TLSVersion.TLSv1_2, "alert handshake failure)"),
        (UNKNOWN, ssl.TLSVersion.TLSv1_3, "does not accept the certificate LDAP_TLS_CERT (tlsv1 alert unknown ca)"),
        (UNKNOWN, ssl.TLSVersion.TLSv1_2, "does not accept the certificate LDAP_TLS_CERT (tlsv1 alert unknown ca)"),
        (FOREIGN, ssl.TLSVersion.TLSv1_3, "does not answer: its certificate is not accepted: self-signed certificate"),
        (
            OURS,
            ssl.TLSVersion.TLSv1_3,
            "before its first answer: does it demand a certificate of ours (LDAP_TLS_CERT)?",
        ),
    ],
)
@pytest.mark.usefixtures("loopback")
def test_why_there_is_no_tls(tmp_path: Path, shown: str, newest: ssl.TLSVersion, told: str) -> None:
    for name in ("directory", OURS, UNKNOWN):
        (tmp_path / name).write_text("".join(pair("localhost")))
    trusted = tmp_path / (UNKNOWN if shown == FOREIGN else "directory")
    tls = Tls(str(trusted), cert_file=str(tmp_path / shown) if shown in (OURS, UNKNOWN) else "")
    said: list[str] = []

    async def log_in(uri: str) -> None:
        try:
            await Server("", "", (uri,), 5, "cn=us", "ours", context=tls.context()).bound(said.append)
        except OSError as error:
            said.append(str(error))

    with demanding(tmp_path, newest) as uri:
        asyncio.run(log_in(uri))
    assert said[0].startswith(uri)
    assert said[0].endswith(told)
