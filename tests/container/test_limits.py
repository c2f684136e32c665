"""Too much of something: lines, recipients, targets. Refused or taken whole, and the neighbours don't suffer."""

from __future__ import annotations

import smtplib
import socket

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting

LONG = "x" * 65536


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Files with lines of 64 kB, where that is no mistake."""
    config = {
        "postfix-accounts.cf": f"long@example.test|{{PLAIN}}{LONG}\n" + accounts(ALICE, BOB),
        "postfix-virtual.cf": "team@example.test " + ",".join([BOB, *[f"{BOB[:3]}+{n}{BOB[3:]}" for n in range(3000)]]),
        "postfix-main.cf": f"# {LONG}\n",
        "dovecot.cf": f"# {LONG}\n",
    }
    return lab.mailserver("limits", config)


def test_neighbours_of_a_long_line_are_served(server: Server) -> None:
    server.receives(BOB, server.submit(ALICE, BOB))


@pytest.mark.parametrize("length", [2049, 70000, 1 << 20])
def test_a_mail_with_an_endless_line_stays_one_mail(server: Server, length: int) -> None:
    mail = f"From: {ALICE}\r\nMessage-ID: <long{length}@client.test>\r\n\r\n{'y' * length}\r\n"
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=30) as client:
        client.starttls(context=trusting())
        client.login(ALICE, PASSWORD)
        client.sendmail(ALICE, [BOB], mail)
    assert server.receives(BOB, f"long{length}@client.test").count("y") >= length
    assert len([it for it in server.mails(BOB) if f"long{length}@" in it]) == 1


def test_a_command_without_end_is_refused(server: Server) -> None:
    with socket.create_connection((server.ip, 25), 30) as connection:
        connection.recv(4096)
        connection.sendall(b"EHLO client.test\r\n")
        connection.recv(4096)
        connection.sendall(f"MAIL FROM:<{LONG}@outside.test>\r\nQUIT\r\n".encode())
        answers = b"".join(iter(lambda: connection.recv(4096), b"")).splitlines()
    assert answers
    assert {answer[:1] for answer in answers[:-1]} == {b"5"}, answers


def test_too_many_recipients_are_put_off(server: Server) -> None:
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=60) as client:
        client.starttls(context=trusting())
        client.login(ALICE, PASSWORD)
        client.mail(ALICE)
        codes = [client.rcpt(f"r{n}@outside.test")[0] for n in range(1001)]
    assert set(codes[:1000]) == {250}
    assert codes[1000] == 452


def test_an_alias_beyond_postfix_s_expansion_limit_delivers_to_nobody_and_says_so(server: Server) -> None:
    mail = message(ALICE, "team@example.test")
    with pytest.raises(smtplib.SMTPDataError, match="451"):
        server.submit(ALICE, "team@example.test", mail)
    server.receives(BOB, server.submit(ALICE, BOB))
    assert not [it for it in server.mails(BOB) if str(mail["Message-ID"]) in it]
    assert "is empty" in server.run("postqueue", "-p")
    server.sees("unreasonable virtual_alias_maps map expansion size for team@example.test")
