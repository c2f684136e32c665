"""What strangers and logins claim about a mail: its author, and the results of this server's checks."""

from __future__ import annotations

import pytest

from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts
from tests.container.sender import hand_over, message_id
from tests.container.test_who_may_send import ALICE, BOB, raw, submit

OURS = "mail.claims.test"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright with the filter."""
    return lab.mailserver("claims", {"postfix-accounts.cf": accounts(ALICE, BOB)}, {"ENABLE_RSPAMD": "1"})


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Server:
    """A server of others."""
    return lab.container("outside", image=CLIENTS, command=("sleep", "infinity"))


GOOD = [
    "From: x@outside.test",
    "From: X <x@Outside.Test>",
    'From: "Doe: John, (CEO)" <x@outside.test>',
    "From: Doe, John <x@outside.test>",
    "From: =?utf-8?q?J=C3=BCrgen?= <x@outside.test>",
    "From: J\u00fcrgen <x@outside.test>",
    "From: x@outside.test (X)",
    "from:x@outside.test",
    "From:\r\n X\r\n <x@outside.test>",
    # Postfix gives Rspamd the name without the blank, so the policy of the domain applies.
    "X-First: field\r\nFrom : x@outside.test",
]
BAD = [
    "From: CEO <ceo@bank .test>",
    "From: CEO <ceo@bank\r\n .test>",
    "From: Bank:ceo@bank.test;",
    "From : ceo@bank.test",  # the first line: Postfix takes it for the separator of an mbox
    "X-Nothing: none",
    "From: ceo@bank.test, x@outside.test",
    "From: ceo@bank.test\r\nFrom: x@outside.test",
    "From: ceo@bank.test\r\nFrom : x@outside.test",
    "From: <ceo@bank.test> <x@outside.test>",
    "From: ceo@bank.test, <x@outside.test>",
    "From: <ceo(c)@bank.test>",
    "From: <>",
    "From: CEO",
    "From: ",
    "From: =?utf-8?q?ceo=40bank.test?=",
    "From: ceo@b\u00e4nk.test",
    "From: <@a.test:ceo@bank.test>",
    'From: "ceo" @bank.test',
    "From: ceo@bank.test.",
    f"From: {' ' * 59000}CEO",  # kept the filter busy for a minute
]


def test_a_stranger_has_exactly_one_address(server: Server, outside: Server) -> None:
    sent = {(field, folder): raw(field) for fields, folder in ((GOOD, "INBOX"), (BAD, "Junk")) for field in fields}
    for text in sent.values():
        assert hand_over(outside, server, text, "x@outside.test", BOB) == "250"
    folders = mails_when_all_came(server, [message_id(text) for text in sent.values()])
    assert [(field, folder) for (field, folder), text in sent.items() if message_id(text) not in folders[folder]] == []


def mails_when_all_came(server: Server, ids: list[str]) -> dict[str, str]:
    """Bob's mails by folder, once all of ``ids`` have come."""

    def folders() -> dict[str, str]:
        got = {folder: "".join(server.mails(BOB, folder)) for folder in ("INBOX", "Junk")}
        return got if all(it in got["INBOX"] + got["Junk"] for it in ids) else {}

    return until("all mails", folders)


MULTIPART = 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
PART = "--b\r\n\r\nx\r\n"
TOO_COMPLEX = {
    "1000 header fields": "X-Field: x\r\n" * 1001,
    "100 fields x-spam": "X-Spam: x\r\n" * 101,
    "100 fields authentication-results": f"Authentication-Results: {OURS}; x\r\n" * 101,
    "1000 parts": MULTIPART + PART * 1100,
}


@pytest.mark.parametrize("what", TOO_COMPLEX)
def test_a_mail_that_would_hold_the_filter_is_refused(server: Server, outside: Server, what: str) -> None:
    """Before, the fields held Postfix for five minutes, until it gave the milter up."""
    text = raw("From: x@outside.test", TOO_COMPLEX[what].removesuffix("\r\n"))
    assert hand_over(outside, server, text, "x@outside.test", BOB) == f"554 5.7.1 This mail has more than {what}"


def test_many_fields_and_parts_pass(server: Server, outside: Server) -> None:
    fields = "X-Field: x\r\n" * 900 + "X-Spam: x\r\n" * 90 + MULTIPART + PART * 900
    text = raw("From: x@outside.test", fields.removesuffix("\r\n"))
    assert hand_over(outside, server, text, "x@outside.test", BOB) == "250"


RESULTS = [
    f"Authentication-Results: {OURS}; dmarc=forged1",
    f"authentication-results : {OURS.upper()} 1; dmarc=forged2",
    f'Authentication-Results: (a (b) "c) "{OURS}" (d); dmarc=forged3'.replace('"c', "c"),
    f"Authentication-Results:\r\n\t{OURS}\r\n\t; dmarc=forged4",
    f"ARC-Authentication-Results: i=1; {OURS}; dmarc=forged5",
    f"ARC-Authentication-Results: i=1; (x;) {OURS} 1; dmarc=forged6",
]
THEIRS = "Authentication-Results: mx.theirs.test; spf=pass smtp.mailfrom=theirs"


@pytest.mark.parametrize("claim", RESULTS)
def test_nobody_else_writes_our_results(server: Server, outside: Server, claim: str) -> None:
    text = raw(THEIRS, claim, "From: x@outside.test")
    assert hand_over(outside, server, text, "x@outside.test", BOB) == "250"
    from_login = submit(server, ALICE, ALICE, raw(claim, THEIRS, f"From: {ALICE}"))
    for name in (message_id(text), from_login):
        got = server.receives(BOB, name)
        assert [line for line in got.splitlines() if "forged" in line] == []
        assert THEIRS in got
    assert f"Authentication-Results: {OURS};" in server.receives(BOB, message_id(text))


def test_many_claims_are_all_removed(server: Server, outside: Server) -> None:
    text = raw(*RESULTS, THEIRS, "From: x@outside.test", *RESULTS)
    assert hand_over(outside, server, text, "x@outside.test", BOB) == "250"
    assert "forged" not in server.receives(BOB, message_id(text))
