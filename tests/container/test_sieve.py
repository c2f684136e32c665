"""Sieve: the operator's scripts around the user's own, programs, ManageSieve, and scripts that are broken."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message
from tests.container.managesieve import ManageSieve

CAROL = "carol@example.test"
BEFORE = """require ["fileinto", "vnd.dovecot.pipe", "vnd.dovecot.filter", "copy", "editheader"];
addheader "X-Before" "yes";
if header :contains "subject" "junk" { fileinto "Junk"; stop; }
if header :contains "subject" "pipe" { pipe :copy "ticket" ["arg"]; }
if header :contains "subject" "filter" { filter "upper"; }
"""
AFTER = 'require ["fileinto"];\nif header :contains "subject" "late" { fileinto "Trash"; }\n'
# The folder does not exist yet.
OWN = 'require ["fileinto"];\nif header :contains "subject" "mine" { fileinto "Mine"; }\n'
TICKET = """#!/bin/sh
{ echo "$1"; id -un; id -u; grep CapEff /proc/self/status; cat /etc/dovecot/userdb; cat; } > /var/mail/ticket 2>&1
"""
PROGRAM = "/var/mail-state/programs/sieve-pipe/ticket"
UPPER = "#!/bin/sh\ntr a-z A-Z\n"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB, CAROL),
        "before.dovecot.sieve": BEFORE,
        "after.dovecot.sieve": AFTER,
        f"{BOB}.dovecot.sieve": OWN,
        "dovecot.cf": "sieve_extensions {\n  editheader = yes\n}\n",
        "sieve-pipe/ticket": TICKET,
        "sieve-filter/upper": UPPER,
    }
    return lab.mailserver(
        "example", config, {"ENABLE_MANAGESIEVE": "1", "DMS_VMAIL_UID": "5001"}, ready=(25, 587, 993, 4190)
    )


def deliver(server: Server, to: str, subject: str) -> str:
    return server.deliver("friend@outside.test", to, message("friend@outside.test", to, subject, "text\n"))


@pytest.mark.parametrize(
    ("to", "subject", "folder"),
    [
        (ALICE, "junk", "Junk"),
        (ALICE, "late", "Trash"),
        (ALICE, "mine", "INBOX"),
        (BOB, "mine", "Mine"),
        (BOB, "junk", "Junk"),
        (BOB, "else", "INBOX"),
    ],
)
def test_filed(server: Server, to: str, subject: str, folder: str) -> None:
    server.receives(to, deliver(server, to, subject), folder)


def test_programs(server: Server) -> None:
    piped = server.receives(ALICE, deliver(server, ALICE, "pipe"))
    assert "Subject: pipe" in piped
    assert "X-Before: yes" in piped  # dovecot.cf allows it
    said = server.run("cat", "/var/mail/ticket")
    assert said.startswith("arg\nvmail\n5001\nCapEff:\t0000000000000000\n")
    assert "Permission denied" in said
    assert "{SHA512-CRYPT}" not in said  # nobody's hash
    mail = message("friend@outside.test", ALICE, "filter", "make me large\n")
    server.deliver("friend@outside.test", ALICE, mail)
    until("the filtered mail", lambda: any("MAKE ME LARGE" in it for it in server.mails(ALICE)))
    assert server.config
    (server.config / "sieve-pipe" / "ticket").write_text(TICKET.replace("ticket", "ticket2"))
    server.receives(
        ALICE,
        until("the new program", lambda: server.run("grep", "ticket2", PROGRAM) and deliver(server, ALICE, "pipe")),
    )
    assert server.run("cat", "/var/mail/ticket2").startswith("arg\n")


def test_a_change_leaves_compiled_scripts_in_use(server: Server) -> None:
    """A compiled script remembers its folder; Dovecot compiled it anew, in vain, at each delivery."""
    server.run("setup", "email", "add", "dave@example.test", PASSWORD)
    until("the account", lambda: "dave@" in server.run("cat", "/etc/dovecot/userdb"))
    server.receives(BOB, deliver(server, BOB, "else"))
    assert "svbin" not in server.log()


def test_users_edit_their_filter(server: Server) -> None:
    client = ManageSieve(server)
    assert '"STARTTLS"' in client.capabilities
    assert '"SASL" ""' in client.capabilities
    client.secure()
    assert client.login(ALICE).startswith("OK")
    script = """require ["fileinto", "vnd.dovecot.pipe", "copy"];
        if header :contains "subject" "call" { pipe :copy "ticket" ["of a user"]; }
        if header :contains "subject" "users" { fileinto "Sent"; }"""
    assert client.ask(f'PUTSCRIPT "mine" {{{len(script)}+}}\r\n{script}').startswith("OK")
    assert client.ask('SETACTIVE "mine"').startswith("OK")
    for number in range(99):
        assert client.ask(f'PUTSCRIPT "s{number}" {{5+}}\r\nkeep;').startswith("OK")
    assert client.ask('PUTSCRIPT "one too many" {5+}\r\nkeep;').startswith("NO (QUOTA/MAXSCRIPTS)")
    forbidden = 'require "vnd.dovecot.execute"; execute "learn" "ham";'
    assert client.ask(f'PUTSCRIPT "evil" {{{len(forbidden)}+}}\r\n{forbidden}').startswith("NO")
    client.close()
    server.receives(ALICE, deliver(server, ALICE, "users"), "Sent")
    server.receives(ALICE, deliver(server, ALICE, "junk users"), "Junk")
    server.receives(ALICE, deliver(server, ALICE, "call"))
    assert "of a user\n" in server.run("sh", "-c", "cat /var/mail/ticket*")


def test_vacation_answers(server: Server, lab: Lab) -> None:
    assert server.config
    text = 'require "vacation"; vacation :days 1 :addresses ["carol@example.test"] "I am away.";'
    (server.config / f"{CAROL}.dovecot.sieve").write_text(text)
    script = f"/etc/dovecot/sieve/accounts/{CAROL}.sieve"
    until("the script", lambda: "away" in server.run("cat", script, check=False))
    server.receives(CAROL, server.submit(ALICE, CAROL))
    until("the answer", lambda: any("I am away." in mail for mail in server.mails(ALICE)))


def test_a_broken_script_changes_nothing(server: Server) -> None:
    assert server.config
    path = Path(server.config, "before.dovecot.sieve")
    path.write_text('require "fileinto";\n\nnonsense;\n')
    said = until("the problem", lambda: json.loads(server.run("cat", "/run/mailwright/state.json"))["problems"])
    assert [line for line in said if line.startswith("before.dovecot.sieve:3: ")] == said, said
    server.receives(ALICE, deliver(server, ALICE, "junk"), "Junk")
    path.write_text(BEFORE)
    until("mended", lambda: not json.loads(server.run("cat", "/run/mailwright/state.json"))["problems"])
    server.receives(ALICE, deliver(server, ALICE, "junk"), "Junk")


def test_closed_by_default(lab: Lab) -> None:
    server = lab.mailserver("default", {"postfix-accounts.cf": accounts(ALICE)})
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((server.ip, 4190), 5)
    lab.forget(server)
