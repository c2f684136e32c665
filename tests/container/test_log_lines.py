"""Strangers choose what is logged about them, and can not forge a line with it, nor learn who is here."""

from __future__ import annotations

import base64
import re
import smtplib
import socket

import pytest

from tests.container.conftest import ALICE
from tests.container.lab import Server, trusting

# What each line of the stream begins with: time, host, program.
LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+[+-]\d\d:\d\d mail\.example\.test [\w./-]+(\[\d+\])?: ")
FORGED = "2026-01-01T00:00:00.000000+00:00 mail.example.test forged[1]: "
EVIL = f"ev\x1b[31mil\x07\n{FORGED}".encode()
# Control characters and line ends beyond ASCII, as UTF-8 and as single bytes; the letters must stay as they are.
STRANGE = f"\x9b31m\x85{FORGED}\u2028{FORGED}\u202e".encode() + b"\x9b31m\x85\xff"
LETTERS = "größer « 5° — ж"


def in_one_line(server: Server, marker: str) -> None:
    """The log tells ``marker``, and nothing in it is forged or steers a terminal."""
    server.sees(marker)
    lines = server.log().splitlines()
    assert [line for line in lines if not LINE.match(line)] == []
    assert [line for line in lines if line.startswith(FORGED)] == []
    assert not set("\x1b\x07\r\0") & set(server.log())


def test_a_line_behind_the_greeting(server: Server) -> None:
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=20) as client:
        assert client.sock
        client.sock.sendall(b"EHLO " + EVIL + b"mark-ehlo\r\n")
        assert client.getreply()[0] == 554
        client.close()
    in_one_line(server, "mark-ehlo")


@pytest.mark.parametrize("break_", ["\r", "\x1b[2J", "\x0b", "\x0c", "\x85", "\u2028"])
def test_a_client_s_name_and_addresses(server: Server, break_: str) -> None:
    mark = f"mark{ord(break_[0]):x}"
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=20) as client:
        assert client.sock
        sender = f'MAIL FROM:<"{break_}{FORGED}"@outside.test>'
        # The second sender is a valid one, so that the recipient is refused and the log names the greeting.
        for line in (f"EHLO {mark}{break_}{FORGED}", sender, "MAIL FROM:<>", "RCPT TO:<x@y.test>"):
            client.sock.sendall(line.encode() + b"\r\n")
            client.getreply()
    in_one_line(server, mark)


@pytest.mark.parametrize("port", [587, 993])
def test_a_user_s_name(server: Server, port: int) -> None:
    mark = f"mark{port}"
    answer = base64.b64encode(b"\0" + mark.encode() + EVIL + b"\0password-of-mine").decode()
    if port == 587:
        with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=20) as client:
            client.starttls(context=trusting())
            client.ehlo()
            assert client.docmd("AUTH", f"PLAIN {answer}")[0] == 535
    else:
        with trusting().wrap_socket(socket.create_connection((server.ip, port), 20)) as connection:
            connection.recv(4096)
            connection.sendall(f"a AUTHENTICATE PLAIN {answer}\r\n".encode())
            assert connection.recv(4096).startswith(b"a NO ")
    in_one_line(server, mark)
    assert "password-of-mine" not in server.log()
    assert answer not in server.log()


def test_a_wrong_password_and_a_wrong_name_are_answered_alike(server: Server) -> None:
    answers = set()
    for name in (ALICE, "nobody@example.test", "nobody@elsewhere.test"):
        with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=20) as client:
            client.starttls(context=trusting())
            with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
                client.login(name, "not-my-password")
            answers.add((refusal.value.smtp_code, refusal.value.smtp_error))
    assert len(answers) == 1, answers
    assert "not-my-password" not in server.log()


def test_what_a_daemon_itself_does_not_clean(server: Server) -> None:
    texts = [b"mark-raw " + EVIL, b"mark-strange " + STRANGE, f"mark-letters {LETTERS}".encode()]
    connect = "import socket; s = socket.socket(1, 2); s.connect('/dev/log')"
    send = connect + "\nfor text in {!r}: s.send(b'<22>careless[1]: ' + text)"
    server.run("python3", "-c", send.format(texts))
    in_one_line(server, "mark-letters")
    assert f"careless[1]: mark-letters {LETTERS}" in server.log()
    assert "mark-strange ??31m??" in server.log()
    file = server.run("cat", "/var/log/mail/mail.log")
    assert not {"\x9b", "\x85", "\u2028", "\u202e", "\ufffd"} & set(file)
