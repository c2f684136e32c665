"""Mail between two users of one server: submitted, delivered, read."""

from __future__ import annotations

from tests.container.conftest import ALICE, BOB
from tests.container.lab import Server


def test_submitted_mail_is_read_over_imap(server: Server) -> None:
    mail = server.receives(BOB, server.submit(ALICE, BOB))
    assert "with ESMTPSA" in mail


def test_sub_address_reaches_the_mailbox(server: Server) -> None:
    server.receives(BOB, server.deliver("someone@outside.test", "bob+news@example.test"))


def test_special_use_mailboxes_are_there_and_subscribed(server: Server) -> None:
    with server.imap(ALICE) as client:
        _, listed = client.lsub()
    names = {line.decode().rsplit(" ", 1)[-1] for line in listed if isinstance(line, bytes)}
    assert {"Drafts", "Junk", "Trash", "Sent"} <= names
