"""SMTP smuggling: only CR LF . CR LF ends a mail, so that no second one hides inside (CVE-2023-51764)."""

from __future__ import annotations

import smtplib
import socket
import uuid

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS, until
from tests.container.lab import PASSWORD, Lab, Server, trusting

ENDS = [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\n.\r", b"\r.\n", b"\r\n\0.\r\n"]


def is_refused(end: bytes) -> bool:
    """Whether it has a NUL or a CR that ends no line: such mail is refused as a whole."""
    return bool(set(b"\r\0") & set(end.replace(b"\r\n", b"")))


def smuggle(connection: socket.socket, end: bytes, token: str) -> bytes:
    """The answer to one mail whose text pretends to end by ``end`` and to begin another."""

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
    return connection.recv(4096)


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
        answer = smuggle(client.sock, end, token)
    assert answer.startswith(b"550 5.7.1" if is_refused(end) else b"250"), answer
    # A mail sent after it tells when the queue is through.
    server.receives(BOB, server.submit(ALICE, BOB))
    until("an empty queue", lambda: "is empty" in server.run("postqueue", "-p"))
    found = [mail for mail in server.mails(BOB) if token in mail]
    assert len(found) == (not is_refused(end))
    if is_refused(end):
        return
    head, _, body = found[0].replace("\r", "").partition("\n\n")
    assert f"Subject: outer {token}" in head
    # Cut off there, the rest has been taken for commands, even where those are refused.
    assert f"inner {token}" in body


@pytest.mark.parametrize("end", [*ENDS, b"\r\n.\r\n"], ids=repr)
def test_a_counted_mail_stays_one_mail(server: Server, end: bytes) -> None:
    token = uuid.uuid4().hex
    inner = f"MAIL FROM:<>\r\nRCPT TO:<{BOB}>\r\nDATA\r\nSubject: inner {token}\r\n\r\nx\r\n.\r\n".encode()
    chunks = (f"Subject: outer {token}\r\n\r\ntext".encode() + end, inner)
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=20) as client:
        client.ehlo()
        client.mail("stranger@outside.test")
        client.rcpt(BOB)
        assert client.sock
        # Both at once, without waiting for the answer to the first (RFC 3030, section 4.2).
        first, last = (b"BDAT %d%s\r\n%s" % (len(it), b" LAST" * (it is inner), it) for it in chunks)
        client.sock.sendall(first + last)
        assert [client.getreply()[0], client.getreply()[0]] == [250, 550 if is_refused(end) else 250]
        assert client.noop()[0] == 250, "an answer to what was inside the mail"
    if is_refused(end):
        return
    found = until("the mail", lambda: [mail for mail in server.mails(BOB) if token in mail])
    assert len(found) == 1
    assert f"Subject: outer {token}" in found[0].replace("\r", "").split("\n\n")[0]


SINK = r"""
import contextlib, socket
listening = socket.create_server(("", 25))
def serve(connection):
    connection.sendall(b"220 sink.test\r\n")
    text = False
    for line in connection.makefile("rb"):
        if text:
            print(line.hex(), flush=True)
        ends = text and line == b".\r\n"
        begins = not text and line.upper().startswith(b"DATA")
        if ends or not text:
            connection.sendall(b"354 go on\r\n" if begins else b"250 ok\r\n")
        text = begins or (text and not ends)
while True:
    # Who has said QUIT may be gone before the answer.
    with contextlib.suppress(OSError):
        serve(listening.accept()[0])
"""


def test_what_we_send_on_ends_lines_in_one_way_only(lab: Lab, server: Server) -> None:
    sink = lab.container("sink", image=CLIENTS, command=("python3", "-c", SINK))
    lab.zone("mx-host=sink.test,mx.sink.test,10", f"host-record=mx.sink.test,{sink.ip}")
    token = uuid.uuid4().hex
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=20) as client:
        client.starttls(context=trusting())
        client.login(ALICE, PASSWORD)
        client.mail(ALICE)
        client.rcpt("carol@sink.test")
        client.docmd("DATA")
        assert client.sock
        client.sock.sendall(
            b"Subject: x\r\n\r\n"
            + b"text".join(end for end in ENDS if not is_refused(end))
            + f"\r\n{token}\r\n.\r\n".encode()
        )
        assert client.getreply()[0] == 250
    sink.sees((token + "\r\n").encode().hex())
    sent = b"".join(bytes.fromhex(line) for line in until("its end", lambda: ended(sink)))
    assert sent.count(b"\r\n.\r\n") == 1
    assert not set(b"\r\n") & set(sent.replace(b"\r\n", b""))


def ended(sink: Server) -> list[str]:
    """The lines that the sink got, once the last one is there."""
    lines = sink.log().split()
    return lines if b".\r\n".hex() in lines else []
