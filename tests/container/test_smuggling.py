"""SMTP smuggling: only CR LF . CR LF ends a mail, so that no second one hides inside (CVE-2023-51764)."""

from __future__ import annotations

import smtplib
import socket
import uuid

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import PASSWORD, Server, trusting

ENDS = [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\n.\r", b"\r.\n", b"\r\n\0.\r\n"]


def smuggle(connection: socket.socket, end: bytes, token: str) -> None:
    """Sends one mail whose text pretends to end by ``end`` and to begin another."""

    def say(line: bytes) -> None:
        connection.sendall(line + b"\r\n")
        connection.recv(4096)

    say(b"MAIL FROM:<alice@example.test>")
    say(b"RCPT TO:<bob@example.test>")
    say(b"DATA")
    inner = f"MAIL FROM:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\nDATA\r\nSubject: inner {token}\r\n\r\nx"
    outer = f"From: alice@example.test\r\nSubject: outer {token}\r\n\r\ntext".encode()
    connection.sendall(outer + end + inner.encode() + b"\r\n.\r\n")
    connection.settimeout(10)
    connection.recv(4096)


@pytest.mark.parametrize("port", [25, 587])
@pytest.mark.parametrize("end", ENDS, ids=repr)
def test_a_mail_stays_one_mail(server: Server, port: int, end: bytes) -> None:
    token = uuid.uuid4().hex
    with smtplib.SMTP(server.ip, port, local_hostname="client.test", timeout=20) as client:
        if port == 587:
            client.starttls(context=trusting())
            client.login(ALICE, PASSWORD)
        else:
            client.ehlo()
        assert client.sock
        smuggle(client.sock, end, token)
    # A mail sent after it tells when the queue is through.
    server.receives(BOB, server.submit(ALICE, BOB))
    until("an empty queue", lambda: "is empty" in server.run("postqueue", "-p"))
    found = [mail for mail in server.mails(BOB) if token in mail]
    assert len(found) == 1
    assert not any(f"\nSubject: inner {token}" in mail.replace("\r", "").split("\n\n")[0] for mail in found)
