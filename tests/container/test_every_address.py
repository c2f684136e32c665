"""An address that smtpd takes is not refused by Dovecot: else mail bounces, to any sender a stranger has named."""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, trusting

# Refusals are what the tests are after, so they neither slow nor end a session.
PATIENT = "smtpd_soft_error_limit = 100000\nsmtpd_hard_error_limit = 100000\nsmtpd_junk_command_limit = 100000\n"
ONCE = hypothesis.settings(max_examples=60, deadline=None, derandomize=True, database=None)

BYTES = st.binary(max_size=12).filter(lambda text: not set(text) & set(b"\r\n"))
TEXTS = st.text(st.sampled_from("ab.+-'%!/\\\"<>()[]:;, @é"), max_size=12).map(lambda text: text.encode())
PLAIN = st.one_of(BYTES, TEXTS, st.sampled_from([b"", b".", b"..", b"a" * 64, b"b" * 300, b"\x01", b"\xe4", b"a\\"]))
DOMAINS = st.sampled_from([b"example.test", b"example.test.", b"EXAMPLE.test", b"[127.0.0.1]", b"example.test "])
PATTERNS = "/^pat-.*@example\\.test$/ bob@example.test\n"
FORMS = st.sampled_from(
    [
        *(b"bob+%s@%s", b'"bob+%s"@%s', b'bob+"%s"@%s', b"@a.test,@b.test:bob+%s@%s", b"bob%s@%s"),
        *(b"pat-%s@%s", b'"pat-%s"@%s'),
    ]
)
ADDRESSES = st.builds(lambda form, local, domain: form % (local, domain), FORMS, PLAIN, DOMAINS)


@dataclass
class Session:
    """An SMTP session of bytes, since smtplib mends addresses."""

    connection: socket.socket
    answers: BinaryIO

    def say(self, line: bytes) -> bytes:
        """The last line of the server's answer."""
        self.connection.sendall(line + b"\r\n")
        return self.answer()

    def answer(self) -> bytes:
        """The last line of an answer."""
        while (line := self.answers.readline())[3:4] == b"-":
            pass
        return line

    def send(self) -> None:
        """The mail of the envelope so far."""
        assert self.say(b"DATA").startswith(b"354")
        assert self.say(b"Subject: hello\r\n\r\nGood day.\r\n.").startswith(b"250")


@contextmanager
def session(server: Server, port: int) -> Iterator[Session]:
    """A session on 25 or, as alice, on 587."""
    with ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection((server.ip, port), 30))
        client = Session(connection, stack.enter_context(connection.makefile("rb")))
        client.answer()
        client.say(b"EHLO client.outside.test")
        if port == 587:
            assert client.say(b"STARTTLS").startswith(b"220")
            secure = stack.enter_context(trusting().wrap_socket(connection))
            client = Session(secure, stack.enter_context(secure.makefile("rb")))
            client.say(b"EHLO client.outside.test")
            login = b64encode(f"\0{ALICE}\0{PASSWORD}".encode())
            assert client.say(b"AUTH PLAIN " + login).startswith(b"235")
        yield client


def all_delivered(server: Server, taken: int) -> None:
    """Mail was taken, and nothing bounced or waits."""
    assert taken, "no address was taken: the test proves nothing"
    until("an empty queue", lambda: "is empty" in server.run("postqueue", "-p"))
    states = set(re.findall(r"\bstatus=(\w+)", server.log()))
    assert states == {"sent"}, [line for line in server.log().splitlines() if re.search("status=[^s]", line)]


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server that takes any number of mistakes and logins."""
    config = {"postfix-accounts.cf": accounts(ALICE, BOB), "postfix-main.cf": PATIENT, "postfix-regexp.cf": PATTERNS}
    return lab.mailserver("example", config, {"SPOOF_PROTECTION": "0"})


@pytest.mark.parametrize("port", [25, 587])
def test_a_recipient_that_is_taken_gets_the_mail(server: Server, port: int) -> None:
    taken = 0

    @ONCE
    @hypothesis.given(st.lists(ADDRESSES, min_size=1, max_size=8))
    def send(addresses: list[bytes]) -> None:
        nonlocal taken
        assert client.say(b"RSET").startswith(b"250")
        assert client.say(b"MAIL FROM:<alice@example.test>").startswith(b"250")
        ours = [client.say(b"RCPT TO:<%s>" % address).startswith(b"250") for address in addresses]
        if any(ours):
            client.send()
        taken += sum(ours)

    with session(server, port) as client:
        send()
    all_delivered(server, taken)


@pytest.mark.parametrize("port", [25, 587])
def test_a_sender_that_is_taken_is_delivered(server: Server, port: int) -> None:
    taken = 0

    @ONCE
    @hypothesis.given(ADDRESSES)
    def send(address: bytes) -> None:
        nonlocal taken
        assert client.say(b"RSET").startswith(b"250")
        client.say(b"MAIL FROM:<%s>" % address)
        if client.say(b"RCPT TO:<bob@example.test>").startswith(b"250"):
            client.send()
            taken += 1

    with session(server, port) as client:
        send()
    all_delivered(server, taken)


@pytest.mark.parametrize("port", [25, 587])
@pytest.mark.parametrize("byte", [b"\x01", b"\t", b"\x7f", b"\xe4", "é".encode()], ids=repr)
def test_a_control_or_8_bit_byte_is_refused_at_once(server: Server, port: int, byte: bytes) -> None:
    forms = (b"bob+%s@example.test", b'"bob+%s"@example.test', b'"bob+\\%s"@example.test', b"bob@ex%sample.test")
    with session(server, port) as client:
        for address in (form % byte for form in forms):
            assert client.say(b"MAIL FROM:<%s>" % address).startswith(b"501 5.1.7"), address
            assert client.say(b"MAIL FROM:<alice@example.test>").startswith(b"250")
            for command in (b"RCPT TO:<%s>", b"rcpt to: <%s> NOTIFY=NEVER", b"  RCPT TO:%s"):
                assert client.say(command % address).startswith(b"501 5.1.3"), address
            assert client.say(b"RSET").startswith(b"250")
