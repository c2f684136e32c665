"""Submission and IMAP do nothing before TLS, and nothing said before it counts after it."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts, trusting

STARTTLS = {
    25: (b"EHLO client.test\r\n", b"STARTTLS\r\n", b"220", b"NOOP\r\n"),
    587: (b"EHLO client.test\r\n", b"STARTTLS\r\n", b"220", b"NOOP\r\n"),
    143: (b"a CAPABILITY\r\n", b"b STARTTLS\r\n", b"b OK", b"c NOOP\r\n"),
    110: (b"CAPA\r\n", b"STLS\r\n", b"+OK", b"CAPA\r\n"),
}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Everything with STARTTLS is on, port 25 too."""
    env = {"ENABLE_POP3": "1", "SMTPD_TLS_SECURITY_LEVEL": "may"}
    return lab.mailserver("tls", {"postfix-accounts.cf": accounts(ALICE, BOB)}, env, ready=(25, 587, 143, 110))


def talk(ip: str, port: int, *lines: bytes) -> list[bytes]:
    """The greeting and the answers to ``lines``, each waited for."""
    with socket.create_connection((ip, port), 10) as connection:
        answers = [connection.recv(4096)]
        for line in lines:
            connection.sendall(line)
            answers.append(connection.recv(4096))
    return answers


@pytest.mark.parametrize("command", [b"MAIL FROM:<alice@example.test>", b"AUTH PLAIN AGEAYg==", b"RCPT TO:<x@y.test>"])
def test_submission_demands_tls_first(server: Server, command: bytes) -> None:
    _, capabilities, answer = talk(server.ip, 587, b"EHLO client.test\r\n", command + b"\r\n")
    assert b"AUTH" not in capabilities
    assert b"STARTTLS" in capabilities
    assert answer.startswith((b"530 5.7.0 Must issue a STARTTLS", b"503")), answer


@pytest.mark.parametrize("command", [b"LOGIN alice@example.test secret", b"AUTHENTICATE PLAIN AGEAYg=="])
def test_imap_refuses_a_login_in_clear_text(server: Server, command: bytes) -> None:
    greeting, answer = talk(server.ip, 143, b"a " + command + b"\r\n")
    assert b"LOGINDISABLED" in greeting
    assert b"AUTH=PLAIN" not in greeting
    assert answer.startswith((b"a NO [PRIVACYREQUIRED]", b"* BAD"))


@pytest.mark.parametrize("command", [b"USER alice@example.test", b"AUTH PLAIN AGEAYg=="])
def test_pop3_refuses_a_login_in_clear_text(server: Server, command: bytes) -> None:
    _, capabilities, answer = talk(server.ip, 110, b"CAPA\r\n", command + b"\r\n")
    assert b"PLAIN" not in capabilities
    assert b"USER" not in capabilities
    assert answer.startswith(b"-ERR")


@pytest.mark.parametrize("port", STARTTLS)
def test_a_command_behind_starttls_is_dropped(server: Server, port: int) -> None:
    ask, starttls, ready, injected = STARTTLS[port]
    with socket.create_connection((server.ip, port), 10) as plain:
        plain.recv(4096)
        plain.sendall(ask)
        assert starttls[-10:].strip().rpartition(b" ")[2] in plain.recv(4096)
        plain.sendall(starttls + injected)
        assert plain.recv(4096).startswith(ready)
        try:
            connection = trusting().wrap_socket(plain)
        except (ssl.SSLError, ConnectionError):
            return  # Dovecot takes the injected bytes for a broken handshake and hangs up
        with connection:
            connection.settimeout(1)
            # An answer now would be to what was said in clear text.
            with pytest.raises(TimeoutError):
                connection.recv(4096)
            connection.settimeout(10)
            connection.sendall(ask)
            assert connection.recv(4096).startswith((b"250-", b"* CAPABILITY", b"+OK"))


def test_a_password_sent_in_clear_text_is_not_in_the_log(server: Server) -> None:
    talk(server.ip, 143, b"a LOGIN alice@example.test not-the-password\r\n")
    until("the attempt in the log", lambda: "imap-login" in server.log())
    assert "not-the-password" not in server.log()
