"""Encryption at rest: what lies on the disk, who reads it, and the ways in, on and out."""

from __future__ import annotations

import json
import poplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import docker, until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting

CAROL, DAVE = "carol@example.test", "dave@example.test"
WORD = "Geheimwort"
FILES = {"postfix-accounts.cf": accounts(ALICE, BOB, CAROL, DAVE), "dovecot-quotas.cf": f"{BOB}:1M\n"}
SIEVE = 'require ["fileinto", "body"];\nif body :contains "to-be-filed" { fileinto "Filed"; }\n'


def setting(server: Server, text: str) -> None:
    """mailserver.env has ``text``, and the server uses it."""
    assert server.config
    Path(server.config, "mailserver.env").write_text(text)
    until("a pass", server.is_settled)


def key(server: Server) -> str:
    """The name of a key that the server has made and uses."""
    said = docker("exec", server.name, "sh", "-c", "setup mail-crypt key 2>&1")
    until("a pass", server.is_settled)
    return said.partition("made the key ")[2].partition(";")[0]


def plain(server: Server, user: str) -> list[str]:
    """The files of the user's mailbox in which WORD can be read."""
    folder = f"/var/mail/example.test/{user.partition('@')[0]}"
    return server.run("grep", "-rl", WORD, folder, check=False).split()


def mails(server: Server, user: str) -> list[dict[str, str]]:
    """All that must stay when mail is encrypted: of each mail in each folder."""
    fields = "mailbox uid guid flags date.received size.physical text"
    found = json.loads(server.run("doveadm", "-f", "json", "fetch", "-u", user, fields, "all"))
    rows = [mail | {"flags": mail["flags"].replace("\\Recent", "").strip()} for mail in found]
    return sorted(rows, key=lambda mail: (mail["mailbox"], mail["uid"]))


def fill(server: Server, user: str) -> None:
    """The mailbox has mail in two folders, with flags and without."""
    server.receives(user, server.deliver("x@outside.test", user, message("x@outside.test", user, text=WORD * 9)))
    with server.imap(user) as client:
        for folder, flags in (("Sent", "(\\Seen \\Flagged)"), ("INBOX", "")):
            mail = message(user, "x@outside.test", text=f"{WORD} äöü\n").as_bytes().replace(b"\n", b"\r\n")
            assert client.append(folder, flags, "", mail)[0] == "OK"
        client.select("INBOX")
        client.copy("1", "Drafts")


@pytest.fixture(scope="module")
def plain_server(lab: Lab) -> Server:
    """A server that stores mail in clear text."""
    return lab.mailserver("example", FILES | {f"{CAROL}.dovecot.sieve": SIEVE}, {"ENABLE_POP3": "1"})


@pytest.fixture(scope="module")
def server(plain_server: Server) -> Iterator[Server]:
    """The same, with the mail of alice from before, and a key that encrypts what comes from now on."""
    fill(plain_server, ALICE)
    script = f"(echo 'Subject: large'; echo; yes {WORD} | head -c 900000) | doveadm save -u {BOB}"
    plain_server.run("sh", "-c", script)
    key(plain_server)
    setting(plain_server, "MAIL_CRYPT=global\n")
    yield plain_server
    assert "Panic" not in plain_server.log()


def test_new_mail_is_encrypted_and_read_as_ever(server: Server) -> None:
    fill(server, CAROL)
    assert plain(server, CAROL) == []
    assert len(server.mails(CAROL)) == 2
    with server.imap(CAROL) as client:
        client.select("INBOX", readonly=True)
        assert client.search(None, "TEXT", WORD)[1] == [b"1 2"]
        assert b"RFC822.SIZE" in client.fetch("1", "(RFC822.SIZE)")[1][0]  # type: ignore[operator]
    pop3 = poplib.POP3_SSL(server.ip, 995, context=trusting(), timeout=20)
    pop3.user(CAROL)
    pop3.pass_(PASSWORD)
    lines = pop3.retr(1)[1]
    assert any(WORD.encode() in line for line in lines)
    assert pop3.stat()[1] == sum(len(line) + 2 for number in (1, 2) for line in pop3.retr(number)[1])
    pop3.quit()


def test_a_script_reads_mail_before_it_is_encrypted(server: Server) -> None:
    mail = message("x@outside.test", CAROL, text=f"{WORD} to-be-filed\n")
    server.receives(CAROL, server.deliver("x@outside.test", CAROL, mail), "Filed")
    assert plain(server, CAROL) == []


def test_mail_of_before_is_encrypted_with_one_key_after_the_other_and_decrypted(server: Server) -> None:
    before = mails(server, ALICE)
    assert plain(server, ALICE) != []
    client = server.imap(ALICE)
    server.run("setup", "mail-crypt", "encrypt", ALICE)
    with pytest.raises(client.abort):
        client.noop()
    client.shutdown()
    assert plain(server, ALICE) == []
    assert mails(server, ALICE) == before

    second = key(server)
    server.run("setup", "mail-crypt", "encrypt", ALICE, BOB, CAROL)
    assert f'"{second}: 4"' in server.run("setup", "mail-crypt", "status", ALICE, "--json")
    assert mails(server, ALICE) == before
    assert server.run("find", "/var/mail/example.test", "-name", "*mail-crypt*") == ""


def test_a_full_mailbox_is_encrypted_too(server: Server) -> None:
    before = mails(server, BOB)
    assert plain(server, BOB) != []
    server.run("setup", "mail-crypt", "encrypt", BOB)
    assert plain(server, BOB) == []
    assert mails(server, BOB) == before


def test_a_key_that_mail_needs_is_not_let_go(server: Server) -> None:
    assert server.config
    fill(server, DAVE)
    names = [path.stem for path in sorted(Path(server.config, "mail-crypt").iterdir())]
    kept = {name: Path(server.config, "mail-crypt", f"{name}.pem").read_bytes() for name in names}
    said = docker("exec", server.name, "sh", "-c", f"setup mail-crypt forget {names[-1]} 2>&1", check=False)
    assert "make another key" in said
    for name in names:
        Path(server.config, "mail-crypt", f"{name}.pem").unlink()
    try:
        until("a refusal", lambda: "is missing" in server.run("setup", "history"))
        refused = docker("exec", server.name, "sh", "-c", "mailwright check 2>&1", check=False)
        assert f"the key {names[-1]}" in refused
        assert len(server.mails(DAVE)) >= 2
    finally:
        for name, content in kept.items():
            Path(server.config, "mail-crypt", f"{name}.pem").write_bytes(content)
        until("a pass", server.is_settled)
