"""A logged-in user sends as himself and as the aliases that lead to him."""

from __future__ import annotations

import smtplib

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.lab import Lab, Server, accounts, message

CONFIG = {
    "postfix-accounts.cf": accounts(ALICE, BOB, "carol@catch.test"),
    "postfix-virtual.cf": "team@example.test alice@example.test,bob@example.test\n"
    "boss@example.test chief@example.test\nchief@example.test bob@example.test\n"
    "@catch.test carol@catch.test\nfar@example.test someone@outside.test\n",
    "postfix-regexp.cf": "/^alice-[0-9]+@example\\.test$/ alice@example.test\n/^alice.*@example/ bob@example.test\n",
}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Accounts, aliases, a catch-all and a pattern."""
    return lab.mailserver("spoof", CONFIG)


@pytest.mark.parametrize(
    ("login", "sender"),
    [
        (ALICE, ALICE),
        (ALICE, "Alice@Example.Test"),
        (ALICE, "alice+shop@example.test"),
        (ALICE, "team@example.test"),
        (BOB, "team@example.test"),
        (ALICE, "team+news@example.test"),
        (BOB, "boss@example.test"),
        ("carol@catch.test", "anything@catch.test"),
        (ALICE, "alice-42@example.test"),
    ],
)
def test_own_addresses_are_allowed(server: Server, login: str, sender: str) -> None:
    server.submit(sender, BOB, login=login)


@pytest.mark.parametrize(
    ("login", "sender"),
    [
        (ALICE, BOB),
        (ALICE, "bob+shop@example.test"),
        (BOB, "alice+shop@example.test"),
        (ALICE, "boss@example.test"),
        (ALICE, "boss+news@example.test"),
        (ALICE, "someone@outside.test"),
        (ALICE, "nobody@example.test"),
        (ALICE, "far@example.test"),
        (BOB, "alice-42@example.test"),
        (ALICE, "anything@catch.test"),
    ],
)
def test_other_addresses_are_refused(server: Server, login: str, sender: str) -> None:
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused)) as refusal:
        server.submit(sender, BOB, login=login)
    assert "not owned by user" in str(refusal.value)
    assert "553" in str(refusal.value)


def test_bounces_and_receipts_have_no_sender(server: Server) -> None:
    server.receives(BOB, server.submit("", BOB, message(ALICE, BOB, "receipt"), login=ALICE))


def test_the_from_header_is_not_checked(server: Server) -> None:
    mail = message("the.boss@outside.test", BOB)
    assert "From: the.boss@outside.test" in server.receives(BOB, server.submit(ALICE, BOB, mail))


def test_switched_off_every_sender_is_allowed(lab: Lab) -> None:
    free = lab.mailserver("free", CONFIG, {"SPOOF_PROTECTION": "0"})
    free.submit("someone@outside.test", BOB, login=ALICE)
