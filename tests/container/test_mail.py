"""The smallest server: mail between two users, and a command that the tests start by a fork."""

from __future__ import annotations

from tests.container.conftest import ALICE, BOB
from tests.container.inside import execute
from tests.container.lab import PASSWORD, Server


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


def test_a_command_is_the_same_without_its_imports(server: Server) -> None:
    """The tests' commands are forks; see agent.py."""
    for command in (("setup", "email", "list", "--json"), ("setup", "email", "add", ALICE), ("setup", "emial")):
        assert server.ask(*command, text=PASSWORD) == execute(server.name, command, PASSWORD)
