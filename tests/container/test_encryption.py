"""Encryption at rest: what lies on the disk, who reads it, and the ways in, on and out."""

from __future__ import annotations

import json
import poplib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting

CAROL, DAVE = "carol@example.test", "dave@example.test"
WORD = "Geheimwort"
ERIN, FRANK, GRACE = "erin@example.test", "frank@example.test", "grace@example.test"
ERINS = """require ["fileinto", "copy"];
if header :contains "Subject" "passed on" { redirect :copy "bob@example.test"; }
if header :contains "Subject" "filed" { fileinto "Filed"; }
"""
FILES = {
    "postfix-accounts.cf": accounts(ALICE, BOB, CAROL, DAVE, ERIN, FRANK, GRACE),
    "dovecot-quotas.cf": f"{BOB}:1M\n",
    f"{ERIN}.dovecot.sieve": ERINS,
}
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


def test_the_warning_of_a_full_mailbox_arrives(server: Server) -> None:
    docker("exec", "--user", "vmail", server.name, "/usr/lib/mailwright/quota-warning", "80", GRACE)
    assert "Please delete" in server.receives(GRACE, "Your mailbox is 80 % full")
    assert "Please" not in server.run("grep", "-r", "Please", "/var/mail/example.test/grace", check=False)


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
    server.run("setup", "mail-crypt", "encrypt", ALICE)
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


@dataclass(frozen=True)
class Users:
    """A machine of users: their private keys, in a folder that both sides see."""

    machine: Server
    folder: Path
    server: Server

    def decrypted(self, mail: str) -> bytes:
        """What gpg or openssl makes of a mail of ours."""
        Path(self.folder, "mail").write_text(mail, encoding="utf-8", newline="")
        parsed = message_from_string(mail)
        if parsed.get_content_type() == "multipart/encrypted":
            armored = parsed.get_payload(1).get_payload()  # type: ignore[union-attr]
            Path(self.folder, "mail").write_text(str(armored))
            self.run("gpg -q --batch --yes --output /keys/out --decrypt /keys/mail")
        else:
            self.run("openssl cms -decrypt -in /keys/mail -inkey /keys/grace.key -out /keys/out -binary")
        self.run("chmod a+r /keys/out")
        return Path(self.folder, "out").read_bytes()

    def run(self, script: str) -> str:
        """What a shell of the machine prints."""
        return self.machine.run("sh", "-ec", f"export GNUPGHOME=/keys/gnupg; {script}")

    def receives(self, user: str, mail: EmailMessage, folder: str = "INBOX", to: str = "") -> str:
        """The mail as it arrives, after another server has handed it over."""
        return self.server.receives(user, self.server.deliver("x@outside.test", to or user, mail), folder)


MAKE_KEYS = f"""mkdir -m 700 /keys/gnupg
new() {{ gpg -q --batch --pinentry-mode loopback --passphrase '' "$@"; }}
new --quick-gen-key {ERIN} future-default default never
new --faked-system-time 20200101T000000 --quick-gen-key {FRANK} future-default default 1y
for user in {ERIN} {FRANK}; do gpg --armor --export $user >/keys/$user.asc; done
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=grace -keyout /keys/grace.key -out /keys/{GRACE}.pem
chmod -R a+rX /keys"""


@pytest.fixture(scope="module")
def users(lab: Lab, plain_server: Server) -> Users:
    """Users who have given their public keys to the server."""
    folder = lab.folder({})
    command = ("sleep", "infinity")
    machine = lab.container("users", "-v", f"{folder}:/keys", image=CLIENTS, command=command)
    made = Users(machine, folder, plain_server)
    made.run(MAKE_KEYS)
    for name in (f"{ERIN}.asc", f"{GRACE}.pem"):
        give(plain_server, name, Path(folder, name).read_bytes())
    until("a pass", plain_server.is_settled)
    return made


def give(server: Server, name: str, content: bytes) -> None:
    """The server has the key of a user."""
    assert server.config
    Path(server.config, "encryption").mkdir(exist_ok=True)
    Path(server.config, "encryption", name).write_bytes(content)


def armor(mail: str) -> str:
    """The OpenPGP message in it."""
    return mail.partition("-----BEGIN")[2]


def with_attachment(user: str, subject: str, size: int) -> EmailMessage:
    """A mail with umlauts as they are and a binary file."""
    mail = message("x@outside.test", user, subject, f"{WORD} äöü\n.\n\nFrom here\n")
    mail.add_attachment(random.Random(1).randbytes(size), maintype="application", subtype="pdf", filename="ä.pdf")
    mail.set_boundary("boundary-of-this-test")
    return mail


@pytest.mark.parametrize(("user", "size"), [(ERIN, 7_000_000), (ERIN, 3000), (GRACE, 3000)])
def test_only_the_user_reads_what_arrives(users: Users, user: str, size: int) -> None:
    mail = with_attachment(user, f"Report of {size}", size)
    mail["DKIM-Signature"] = "v=1; d=outside.test; b=abc"
    stored = users.receives(user, mail, to=user.replace("@", "+sub@"))
    assert WORD not in stored
    assert ".pdf" not in stored
    assert f"Subject: Report of {size}\r\n" in stored
    assert f"\r\nMessage-ID: {mail['Message-ID']}\r\n" in stored
    assert "b=abc\r\n" in stored
    _, _, body = mail.as_bytes(policy=SMTP).partition(b"\r\n\r\n")
    head, _, inner = users.decrypted(stored).partition(b"\r\n\r\n")
    assert inner == body
    assert b"multipart/mixed" in head


def test_scripts_see_headers_and_pass_on_what_is_encrypted(users: Users) -> None:
    mail = message("x@outside.test", ERIN, "filed and passed on", WORD)
    mine = users.receives(ERIN, mail, "Filed")
    others = users.server.receives(BOB, str(mail["Message-ID"]))
    assert armor(mine) == armor(others) != ""
    # What is encrypted already stays as it is.
    again = message_from_string(mine, EmailMessage, policy=SMTP)
    again.replace_header("Subject", "once more")
    again.replace_header("Message-ID", "<again@outside.test>")
    assert armor(users.receives(ERIN, again)) == armor(mine)


def test_mail_that_cannot_be_encrypted_waits(users: Users) -> None:
    server = users.server
    key = f"/etc/postfix/encryption/{GRACE}.pem"
    server.run("sh", "-c", f"mv {key} /run/key")
    sent = server.deliver("x@outside.test", GRACE, message("x@outside.test", GRACE, text=WORD))
    server.sees(f"not encrypted with {GRACE}.pem")
    assert not [mail for mail in server.mails(GRACE) if sent in mail]
    server.run("sh", "-c", f"mv /run/key {key} && postqueue -f")
    assert WORD not in server.receives(GRACE, sent)


def test_a_key_that_has_expired_is_named(users: Users) -> None:
    assert users.server.config
    give(users.server, f"{FRANK}.asc", Path(users.folder, f"{FRANK}.asc").read_bytes())
    try:
        line = users.server.sees(f"encryption/{FRANK}.asc: its user's mail could not be encrypted")
        assert "not encryption-capable" in line
    finally:
        Path(users.server.config, "encryption", f"{FRANK}.asc").unlink()
        until("a pass", users.server.is_settled)
