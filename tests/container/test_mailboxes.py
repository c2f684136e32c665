"""Master users and full-text search."""

from __future__ import annotations

import imaplib
import smtplib

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import HASH, PASSWORD, Lab, Server, accounts, message, trusting

MASTER = f"{BOB}*admin"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    config = {"postfix-accounts.cf": accounts(ALICE, BOB), "dovecot-masters.cf": f"admin|{HASH}\n"}
    return lab.mailserver("example", config, {"ENABLE_FTS": "1"})


def test_a_master_user_reads_any_mailbox(server: Server) -> None:
    sent = server.deliver("friend@outside.test", BOB)
    server.receives(BOB, sent)
    assert any(sent in mail for mail in server.mails(MASTER))


@pytest.mark.parametrize("login", [f"{BOB}*nobody", "nobody@example.test*admin", "admin", "*admin", f"{BOB}*"])
def test_nobody_else_does(server: Server, login: str) -> None:
    with pytest.raises(imaplib.IMAP4.error):
        server.imap(login)


def test_a_master_user_sends_in_nobodys_name(server: Server) -> None:
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=30) as client:
        client.starttls(context=trusting())
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(MASTER, PASSWORD)


def test_master_users_come_and_go_live(server: Server) -> None:
    server.run("setup", "dovecot-master", "add", "second", "word")
    server.imap(f"{BOB}*second", "word").logout()
    server.run("setup", "dovecot-master", "del", "--yes", "second")
    with pytest.raises(imaplib.IMAP4.error):
        server.imap(f"{BOB}*second", "word")


def test_search_by_the_index(server: Server) -> None:
    mail = message("friend@outside.test", ALICE, "words", "A rather unmistakeable sentence.\n")
    server.receives(ALICE, server.deliver("friend@outside.test", ALICE, mail))
    stats = ("doveadm", "fts", "flatcurve", "stats", "-u", ALICE, "INBOX")
    until("the index", lambda: "messages=1" in server.run(*stats))
    with server.imap(ALICE) as client:
        client.select("INBOX")
        assert client.search(None, "TEXT", "mistakeable")[1] == [b"1"]
        assert client.search(None, "TEXT", "nowhere")[1] == [b""]
