"""Mails of many odd kinds arrive byte by byte, but for named trace fields, or are refused."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.corpus import corpus
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, trusting

STRANGER = "x@outside.test"
# What a server may add: RFC 5321, 4.4 (Return-Path, Received); RFC 8601; the filter's own.
ADDED = (b"return-path", b"delivered-to", b"received", b"authentication-results", b"x-spam-status", b"x-spam")
# What would be changed is refused: a NUL, a CR that ends no line, and, where a filter is asked, too long a field.
DEEP = {"deep-110"}  # over mime_nesting_limit: refused where header fields of parts are looked at
CHARACTERS = {"nul-in-body", "nul-in-header", "bare-cr", "cr-cr-lf", "cr-in-header"}
TOO_LONG = {"huge-header", "huge-folded"}
# smtpd_forbid_bare_newline = normalize: LF is taken for the end of a line, and IMAP ends lines by CR LF.
NORMALIZED = {"bare-lf": (b"one\ntwo", b"one\r\ntwo")}
Codes = Mapping[str, tuple[int, bytes]]


@pytest.fixture(scope="module", params=["filter", "no filter"])
def server(lab: Lab, request: pytest.FixtureRequest) -> Server:
    """A server that files nothing as spam: what is asked here is what becomes of the bytes."""
    config = {"postfix-accounts.cf": accounts(ALICE, BOB)}
    env = {"ENABLE_RSPAMD": str(int(request.param == "filter")), "SUBMISSION_LIMIT": "0", "MOVE_SPAM_TO_JUNK": "0"}
    config["rspamd/override.d/actions.conf"] = "reject = null; add_header = null; greylist = null;\n"
    return lab.mailserver(f"c{request.param[0]}", config, env, hostname="mail.example.test")


def sent(server: Server, mails: Mapping[str, bytes], sender: str, port: int, to: str = BOB) -> Codes:
    """Name → what smtpd answers to each mail, over one connection."""
    codes = {}
    with smtplib.SMTP(server.ip, port, local_hostname="client.test", timeout=60) as client:
        if port == 587:
            client.starttls(context=trusting())
            client.login(ALICE, PASSWORD)
        else:
            client.ehlo()
        for name, mail in mails.items():
            client.mail(sender)
            client.rcpt(to)
            client.docmd("DATA")
            client.send((b"\r\n" + mail).replace(b"\r\n.", b"\r\n..")[2:])
            client.send(b".\r\n" if mail.endswith(b"\r\n") else b"\r\n.\r\n")
            codes[name] = client.getreply()
    return codes


def arrived(server: Server, count: int, login: str = BOB) -> list[bytes]:
    """Every mail in the INBOX, once there are ``count``; the mailbox is empty afterwards."""
    with server.imap(login) as client:

        def numbers() -> bytes:
            client.select("INBOX")
            found: bytes = client.search(None, "ALL")[1][0]
            return found if len(found.split()) >= count else b""

        until(f"{count} mails", numbers, 60)
        fetched = client.fetch("1:*", "(BODY.PEEK[])")[1]
        client.store("1:*", "+FLAGS", r"\Deleted")
        client.expunge()
    return [part[1] for part in fetched if isinstance(part, tuple)]


def fields(mail: bytes) -> tuple[list[bytes], bytes]:
    """The header fields of a mail, continued lines with them, and the rest from the blank line on."""
    rows: list[bytes] = []
    rest = mail
    while rest and not rest.startswith(b"\r\n"):
        line, _, rest = rest.partition(b"\r\n")
        if line[:1] in (b" ", b"\t") and rows:
            rows[-1] += b"\r\n" + line
        else:
            rows.append(line)
    return rows, rest


def unchanged(before: bytes, after: bytes) -> bool:
    """Whether ``after`` is ``before`` with nothing but added trace fields."""
    (old, body), (new, rest) = fields(before), fields(after)
    expected = iter(old)
    wanted = next(expected, None)
    for row in new:
        if row == wanted:
            wanted = next(expected, None)
        elif row.split(b":")[0].lower() not in ADDED:
            return False
    return wanted is None and (rest == body or rest == body + b"\r\n")


def has_filter(server: Server) -> bool:
    """Whether mail passes Rspamd."""
    return bool(server.run("postconf", "-h", "smtpd_milters").strip())


@pytest.mark.parametrize("port", [25, 587])
def test_byte_by_byte_or_refused(server: Server, port: int) -> None:
    sender = ALICE if port == 587 else STRANGER
    mails = corpus(sender)
    codes = sent(server, mails, sender, port)
    refused = {name: str(text) for name, (code, text) in codes.items() if code != 250}
    accepted = mails.keys() - refused
    got = arrived(server, len(accepted))
    assert len(got) == len(accepted)
    there = {name: mail for name in accepted for mail in got if f"<{name}@corpus.test>".encode() in mail}
    assert accepted - there.keys() == set()
    changed = [
        name for name in accepted if not unchanged(mails[name].replace(*NORMALIZED.get(name, (b"", b""))), there[name])
    ]
    assert changed == []
    assert refused.keys() - DEEP == CHARACTERS | (TOO_LONG if has_filter(server) else set())
    assert all("5.7.1 disallowed character" in refused[name] for name in CHARACTERS), refused
