"""Open sessions stay during a reload, and no login is refused: at most, one that has just begun begins again."""

from __future__ import annotations

import json
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from imaplib import IMAP4
from itertools import count

import pytest
from imapclient import IMAPClient

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import PASSWORD, Server, message, trusting

NUMBERS = count(30)


def reload(server: Server, number: int) -> None:
    """Both daemons have reloaded with a new configuration afterwards."""
    assert server.config
    before = generation(server)
    (server.config / "postfix-main.cf").write_text(f"smtpd_timeout = {100 + number}s\n")
    (server.config / "dovecot.cf").write_text(f"mail_max_userip_connections = {200 + number}\n")
    until("the reload", lambda: generation(server) > before)
    until("both", lambda: server.run("postconf", "-h", "smtpd_timeout").strip() == f"{100 + number}s")
    until("both", lambda: server.run("doveconf", "-h", "mail_max_userip_connections").strip() == str(200 + number))


def generation(server: Server) -> int:
    return int(json.loads(server.run("cat", "/run/mailwright/state.json"))["generation"])


@contextmanager
def idling(server: Server, login: str) -> Iterator[IMAPClient]:
    with IMAPClient(server.ip, 993, ssl_context=trusting(), timeout=30) as client:
        client.login(login, PASSWORD)
        client.select_folder("INBOX")
        client.idle()
        yield client
        client.idle_done()  # a LOGOUT within IDLE is never answered


def arrives(client: IMAPClient) -> bool:
    """Whether a mail is told; other words may come first."""
    return bool(until("a mail", lambda: any(b"EXISTS" in told for told in client.idle_check(timeout=1))))


def test_an_idle_session_lives_through_five_reloads(server: Server) -> None:
    with idling(server, BOB) as client:
        for number in range(5):
            reload(server, number)
            server.deliver("friend@outside.test", BOB)
            assert arrives(client), f"after {number + 1} reloads"


def test_a_mail_half_sent_goes_on(server: Server) -> None:
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=30) as client:
        client.ehlo()
        client.mail("friend@outside.test")
        client.rcpt(BOB)
        client.putcmd("data")
        assert client.getreply()[0] == 354
        client.send(b"Subject: slow\r\nMessage-ID: <half@client.test>\r\n\r\nfirst\r\n")
        reload(server, 20)
        client.send(b"second\r\n.\r\n")
        assert client.getreply()[0] == 250
    server.receives(BOB, "<half@client.test>")


def imap_login(server: Server) -> None:
    server.imap(ALICE).logout()


def submission(server: Server) -> None:
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=30) as client:
        client.starttls(context=trusting())
        client.login(ALICE, PASSWORD)
        client.send_message(message(ALICE, BOB))


def add_account(server: Server, number: int) -> None:
    server.run("setup", "email", "add", f"storm{number}@new{number}.test", PASSWORD)


def reload_postfix(server: Server, number: int) -> None:
    assert server.config
    (server.config / "postfix-main.cf").write_text(f"smtpd_timeout = {300 + number}s\n")
    until("the reload", lambda: server.run("postconf", "-h", "smtpd_timeout").strip() == f"{300 + number}s")


def retried(login: Callable[[Server], None]) -> Callable[[Server], None]:
    """A mail program: a session that is cut before its login is made anew, once."""

    def again(server: Server) -> None:
        try:
            login(server)
        except (IMAP4.abort, smtplib.SMTPServerDisconnected):
            login(server)

    return again


@pytest.mark.parametrize(
    ("change", "login"),
    [
        (add_account, imap_login),
        (add_account, submission),
        (reload_postfix, imap_login),
        (reload_postfix, submission),
        # Dovecot's reload cuts who is connected and not logged in yet: its new auth process does not know them. It
        # makes its sockets anew, too: an smtpd that asks it for the first time in that millisecond ends.
        (reload, retried(submission)),
        (reload, retried(imap_login)),
    ],
    ids=["accounts-imap", "accounts-submission", "postfix-imap", "postfix-submission", "both-submission", "both-imap"],
)
def test_a_login_storm_meets_no_refusal(
    server: Server, change: Callable[[Server, int], None], login: Callable[[Server], None]
) -> None:
    stop, failures, logins = threading.Event(), list[str](), list[int]()

    def storm() -> None:
        while not stop.is_set():
            try:
                login(server)
            except Exception as error:  # noqa: BLE001
                failures.append(repr(error))
            logins.append(1)

    threads = [threading.Thread(target=storm) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            change(server, next(NUMBERS))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert len(logins) > 4
