"""Keys of users: only the password opens them, a change of it keeps mail readable, and nobody lacks a key unseen."""

from __future__ import annotations

from pathlib import Path

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message
from tests.container.test_encryption import CAROL, ERIN, WORD, plain, setting


def reads(server: Server, user: str, password: str) -> str:
    """All mail in the INBOX of the user, as IMAP gives it after a login with the password."""
    with server.imap(user, password) as client:
        client.select("INBOX", readonly=True)
        count = client.search(None, "ALL")[1][0]
        fetched = client.fetch("1:*", "(BODY.PEEK[])")[1] if count else []
    return "".join(part[1].decode() for part in fetched if isinstance(part, tuple))


def with_keys(lab: Lab) -> Server:
    """A server on which two users have got keys; before that, the switch is refused."""
    files = {"postfix-accounts.cf": accounts(ALICE, BOB), "postfix-virtual.cf": f"both@example.test {ALICE},{BOB}\n"}
    server = lab.mailserver("keys", files)
    assert server.config
    Path(server.config, "mailserver.env").write_text("MAIL_CRYPT=user\n")
    until("a refusal", lambda: "2 accounts without a key" in server.run("setup", "history"))
    setting(server, "MAIL_CRYPT=off\n")
    assert "not the password" in server.run("setup", "mail-crypt", "key", ALICE, text="wrong\n", check=False)
    for user in (ALICE, BOB):
        server.run("setup", "mail-crypt", "key", user, text=f"{PASSWORD}\n")
    setting(server, "MAIL_CRYPT=user\n")
    return server


def test_the_password_of_a_user_opens_the_key(lab: Lab) -> None:
    server = with_keys(lab)
    # Mail for two users: each mailbox has its own key. The process that makes the key of a folder can read the first.
    for _ in range(2):
        sent = server.deliver("x@outside.test", "both@example.test", message("x@outside.test", ALICE, text=WORD))
        server.receives(ALICE, sent)
    for user in (ALICE, BOB):
        assert WORD in server.receives(user, sent, seconds=20)
        assert plain(server, user) == []
        by_root = server.run("doveadm", "fetch", "-u", user, "text", "all", check=False)
        assert "Password not available" in by_root
        assert WORD not in by_root
    assert server.run("setup", "mail-crypt", "status").count("the user's: 2") == 2
    assert "could read no mail" in server.run("setup", "email", "app-password", "add", ALICE, "Phone", check=False)
    server.run("setup", "email", "add", CAROL, text=f"{PASSWORD}\n")
    sent = server.deliver("x@outside.test", CAROL, message("x@outside.test", CAROL, text=WORD))
    assert WORD in server.receives(CAROL, sent)
    hashed, typed = "address,password\ndave@example.test,{PLAIN}x\n", f"address,password\n{ERIN},typed\n"
    assert "only a hash" in server.run("setup", "email", "import", "-", text=hashed, check=False)
    server.run("setup", "email", "import", "-", text=typed)
    assert reads(server, ERIN, "typed") == ""
    server.run("setup", "mail-crypt", "status")  # fails if an account has no key

    wrong = server.run("setup", "email", "update", ALICE, text="wrong\nanother one\n", check=False)
    assert "does not open the key" in wrong
    assert WORD in reads(server, ALICE, PASSWORD)
    server.run("setup", "email", "update", ALICE, text=f"{PASSWORD}\nanother %{{one}}\n")
    assert WORD in reads(server, ALICE, "another %{one}")

    server.run("setup", "email", "update", BOB, "--lose-mail", text="another one\n")
    server.deliver("x@outside.test", BOB, message("x@outside.test", BOB, text=f"new {WORD}"))
    until("new mail", lambda: f"new {WORD}" in reads(server, BOB, "another one"))
    setting(server, "MAIL_CRYPT=off\n")
    assert WORD in reads(server, ALICE, "another %{one}")
