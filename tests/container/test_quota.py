"""Quotas: a full mailbox is told at RCPT, its owner is warned, and others are served."""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting

CAROL = "carol@example.test"
BIG = "x" * 69 + "\n"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB, CAROL),
        "dovecot-quotas.cf": f"{BOB}:100k\n{CAROL}:0\n",
        "postfix-virtual.cf": f"info@example.test {BOB}\n",
    }
    return lab.mailserver("example", config, {"POSTFIX_MAILBOX_SIZE_LIMIT": "2M"})


def limit(server: Server, login: str) -> str:
    with server.imap(login) as client:
        return str(client.getquotaroot("INBOX")[1])


@pytest.mark.parametrize(("login", "kilobytes"), [(ALICE, 2048), (BOB, 100)])
def test_imap_tells_the_limit(server: Server, login: str, kilobytes: int) -> None:
    assert re.search(rf"STORAGE \d+ {kilobytes}\b", limit(server, login))


def test_no_limit_for_one(server: Server) -> None:
    assert "STORAGE" not in limit(server, CAROL)


def refusal(server: Server, port: int, recipient: str) -> tuple[int, str]:
    with smtplib.SMTP(server.ip, port, local_hostname="client.test", timeout=30) as client:
        sender = "friend@outside.test"
        if port == 587:
            client.starttls(context=trusting())
            client.login(ALICE, PASSWORD)
            sender = ALICE
        client.ehlo_or_helo_if_needed()
        client.mail(sender)
        code, said = client.rcpt(recipient)
        return code, said.decode()


def sent_without_size(server: Server, port: int, recipient: str, size: int) -> tuple[int, str]:
    """The answer to a mail whose size the client does not tell before it is there."""
    with smtplib.SMTP(server.ip, port, local_hostname="client.test", timeout=60) as client:
        client.ehlo()
        client.mail("friend@outside.test")
        client.rcpt(recipient)
        code, said = client.data(b"Subject: big\r\n\r\n" + BIG.replace("\n", "\r\n").encode() * (size // 71))
        return code, said.decode()


def test_a_mail_that_does_not_fit_is_refused_though_its_size_was_not_told(server: Server) -> None:
    code, said = sent_without_size(server, 25, ALICE, 3_000_000)
    assert (code, "5.2.2" in said) == (552, True), said
    assert sent_without_size(server, 25, ALICE, 3000)[0] == 250


def fill(server: Server) -> None:
    """Bob's mailbox is full afterwards: not even the smallest mail fits."""
    # A mail that was still on its way to the mailbox counts at the end of the next one's data.
    refused = smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError
    for lines in (400, 40, 4):
        with suppress(*refused):
            for _ in range(100):
                server.deliver("friend@outside.test", BOB, message("friend@outside.test", BOB, "big", BIG * lines))
    # What comes later would fill the mailbox after a test has emptied it, and no threshold would be passed again.
    until("the last delivery", lambda: BOB not in server.run("mailq"))


def test_a_full_mailbox(server: Server) -> None:
    fill(server)
    until("a full mailbox", lambda: refusal(server, 25, BOB)[0] == 552)
    for port in (25, 587):
        code, said = refusal(server, port, BOB)
        assert (code, "5.2.2" in said) == (552, True), said
    assert refusal(server, 25, ALICE)[0] == 250
    assert refusal(server, 25, "nobody@example.test")[0] == 550
    until("a warning", lambda: any("Your mailbox is" in mail and "% full" in mail for mail in server.mails(BOB)))
    listed = server.run("setup", "email", "list")
    assert re.search(rf"{BOB} \( \S+K / 100K \) \[\d+%\]", listed), listed


def test_room_again(server: Server) -> None:
    fill(server)
    with server.imap(BOB) as client:
        client.select("INBOX")
        client.store("1:*", "+FLAGS", "\\Deleted")
        client.expunge()
    assert until("room", lambda: refusal(server, 25, BOB)[0] == 250)
    until("the note", lambda: any("has room again" in mail for mail in server.mails(BOB)))


def test_set_live(server: Server) -> None:
    server.run("setup", "quota", "set", ALICE, "3M")
    until("the new limit", lambda: re.search(r"STORAGE \d+ 3072\b", limit(server, ALICE)))
    server.run("setup", "quota", "del", ALICE)
    until("the default", lambda: re.search(r"STORAGE \d+ 2048\b", limit(server, ALICE)))
