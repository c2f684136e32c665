"""A password for one mail program: live, for its protocols only, named in the log, revoked at once."""

from __future__ import annotations

import imaplib
import json
import shlex
import smtplib
from base64 import b64encode

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.lab import PASSWORD, Server, trusting


def sends(server: Server, password: str) -> bool:
    """Whether alice can log in on 587 with the password."""
    with smtplib.SMTP(server.ip, 587, timeout=20) as client:
        client.starttls(context=trusting())
        client.ehlo()
        words = f"\0{ALICE}\0{password}".encode()
        code, _ = client.docmd("AUTH", f"PLAIN {b64encode(words).decode()}")
    assert code in (235, 535)
    return code == 235


def app_password(server: Server, *arguments: str) -> str:
    """Standard output alone: the new password, or the list."""
    return server.run("sh", "-c", shlex.join(("setup", "email", "app-password", *arguments)) + " 2>/dev/null")


def test_a_password_for_one_program(server: Server) -> None:
    assert server.config
    phone = app_password(server, "add", ALICE, "Phone").strip()
    scanner = app_password(server, "add", ALICE, "Scanner", "--protocols", "submission").strip()
    assert phone not in (server.config / "dovecot-app-passwords.cf").read_text()
    session = server.imap(ALICE, phone)
    assert sends(server, phone)
    assert sends(server, scanner)
    assert sends(server, PASSWORD)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        server.imap(ALICE, scanner)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        server.imap(BOB, phone)
    assert not sends(server, "wrong")
    server.sees("app-password=Scanner")
    open_one = smtplib.SMTP(server.ip, 587, timeout=20)
    open_one.starttls(context=trusting())
    open_one.login(ALICE, phone)
    listed = json.loads(app_password(server, "list", "--json"))
    assert {one["name"]: (one["protocols"], bool(one["last_use"])) for one in listed} == {
        "Phone": (["imap", "pop3", "managesieve", "submission"], True),
        "Scanner": (["submission"], True),
    }
    app_password(server, "del", ALICE, "Phone")
    with pytest.raises((session.abort, OSError)):
        session.select("INBOX")
    session.shutdown()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        open_one.mail(ALICE)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        server.imap(ALICE, phone)
    assert not sends(server, phone)
    assert sends(server, scanner)
    # A main password is not a wrong app password, for which fail2ban would block the client.
    assert "unknown user" not in server.log().partition("Scanner")[2]
    assert not any(secret in server.log() for secret in (phone, scanner))
    app_password(server, "del", ALICE, "Scanner")
    assert sends(server, PASSWORD)
