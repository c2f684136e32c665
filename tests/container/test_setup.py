"""setup: docker-mailserver's command; what it did is live when it returns."""

from __future__ import annotations

import imaplib
import json
import re
import smtplib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import IMAGE, until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting

PEOPLE = "address,password,quota\nann@example.test,secret,5G\nben@example.test,secret,\n"


def setup(server: Server, *args: str, text: str = "") -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``setup ARGS``."""
    done = server.ask("setup", *args, text=text)
    return done.code, done.printed, done.said


def good(server: Server, *args: str, text: str = "") -> str:
    code, printed, said = setup(server, *args, text=text)
    assert code == 0, said
    return printed


def text(server: Server, name: str) -> str:
    assert server.config
    return (server.config / name).read_text()


@pytest.mark.parametrize("piped", [False, True], ids=["argument", "pipe"])
def test_an_account_works_when_add_returns(server: Server, piped: bool) -> None:
    address = f"new{int(piped)}@fresh{int(piped)}.test"
    good(server, "email", "add", address, *([] if piped else [PASSWORD]), text=f"{PASSWORD}\n" if piped else "")
    server.imap(address).logout()
    server.receives(address, server.deliver("friend@outside.test", address))
    server.receives(BOB, server.submit(address, BOB))


def on_587(server: Server, login: str, password: str) -> smtplib.SMTP:
    """A session that has logged in."""
    client = smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=30)
    client.starttls(context=trusting())
    client.login(login, password)
    return client


def test_a_new_password_counts_and_the_old_one_does_not(server: Server) -> None:
    good(server, "email", "add", "pw@example.test", "first")
    session = server.imap("pw@example.test", "first")
    sending, other = on_587(server, "pw@example.test", "first"), on_587(server, BOB, PASSWORD)
    other.sendmail(BOB, BOB, message(BOB, BOB).as_bytes())
    good(server, "email", "update", "pw@example.test", "second")
    with pytest.raises((smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException)):
        sending.sendmail("pw@example.test", BOB, message("pw@example.test", BOB).as_bytes())
    other.sendmail(BOB, BOB, message(BOB, BOB).as_bytes())
    other.quit()
    server.imap("pw@example.test", "second").logout()
    with pytest.raises(session.error, match="AUTHENTICATIONFAILED"):
        server.imap("pw@example.test", "first")
    with pytest.raises((session.abort, OSError)):
        session.select("INBOX")
    session.shutdown()


def test_the_hash_is_one_of_dovecots(server: Server) -> None:
    good(server, "email", "add", "hash@example.test", "pass word: ü|%$")
    row = next(line for line in text(server, "postfix-accounts.cf").splitlines() if line.startswith("hash@"))
    said = server.run("doveadm", "pw", "-t", row.partition("|")[2], "-p", "pass word: ü|%$")
    assert "(verified)" in said
    assert row.startswith("hash@example.test|{BLF-CRYPT}$2y$06$")


def test_removed_with_all_that_names_it(server: Server) -> None:
    good(server, "email", "add", "gone@example.test", PASSWORD)
    good(server, "alias", "add", "team@example.test", "gone@example.test")
    good(server, "alias", "add", "team@example.test", BOB)
    good(server, "alias", "add", "only@example.test", "gone@example.test")
    good(server, "quota", "set", "gone@example.test", "1G")
    server.receives("gone@example.test", server.deliver("friend@outside.test", "gone@example.test"))
    session = server.imap("gone@example.test")
    good(server, "email", "del", "--yes", "gone@example.test")
    with pytest.raises((session.abort, OSError)):
        session.select("INBOX")
    session.shutdown()
    assert all("gone@" not in text(server, name) for name in ("postfix-accounts.cf", "postfix-virtual.cf"))
    aliases = {row["alias"]: row["recipients"] for row in json.loads(good(server, "alias", "list", "--json"))}
    assert aliases["team@example.test"] == [BOB]
    assert "only@example.test" not in aliases
    assert server.run("ls", "/var/mail/example.test").split().count("gone") == 0
    with pytest.raises(session.error):
        server.imap("gone@example.test")


def test_without_a_terminal_and_without_yes_the_mail_stays(server: Server) -> None:
    good(server, "email", "add", "kept@example.test", PASSWORD)
    server.receives("kept@example.test", server.deliver("friend@outside.test", "kept@example.test"))
    assert "its mail stays in /var/mail/example.test/kept" in setup(server, "email", "del", "kept@example.test")[2]
    assert "kept" in server.run("ls", "/var/mail/example.test")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("email", "add", ALICE, "x"), 1, f"{ALICE} is an account already"),
        (("email", "add", "no-address", "x"), 2, "is not an address (user@domain)"),
        (("email", "add", "a+b@example.test", "x"), 2, "starts a sub-address"),
        (("email", "add", "x@example.test", "y" * 73), 2, "longer than 72 bytes"),
        (("email", "add", "x@example.test"), 2, "the password is empty"),
        (("email", "update", "nobody@example.test", "x"), 1, "there is no account nobody@example.test"),
        (("email", "del", "-y", "nobody@example.test"), 0, "there is no account nobody@example.test; nothing to do"),
        (("alias", "del", "nothing@example.test", BOB), 0, f"does not lead to {BOB}; nothing to do"),
        (("quota", "del", "nobody@example.test"), 0, "the default counts for nobody@example.test"),
        (("quota", "set", ALICE, "123"), 2, "has no unit"),
        (("email", "restrict"), 1, "Forbid accounts to send or to receive."),
        (("config", "dkim", "keytype", "ed25519", "keysize", "2048"), 2, "has one size only"),
        (("quota", "set", ALICE, "much"), 2, "is not a size in bytes (such as 500M or 5G)"),
        (("quota", "set", "nobody@example.test", "5G"), 1, "there is no account"),
        (("email", "frobnicate"), 2, "No such command 'frobnicate'."),
        (("emial", "list"), 2, "No such command 'emial' (did you mean email?)."),
        (("alias", "lst"), 2, "No such command 'lst' (did you mean list?)."),
        (("relay", "add-domain", "example.test", "bad host"), 2, "is not a host's name"),
    ],
)
def test_refused(server: Server, args: tuple[str, ...], code: int, said: str) -> None:
    before = text(server, "postfix-accounts.cf")
    found = setup(server, *args)
    assert (found[0], said in found[2], "Traceback" in found[2]) == (code, True, False), found
    assert text(server, "postfix-accounts.cf") == before


def test_what_can_not_go_live_is_taken_back(server: Server) -> None:
    good(server, "alias", "add", "one@example.test", "two@example.test")
    before = text(server, "postfix-virtual.cf")
    code, _, said = setup(server, "alias", "add", "two@example.test", "one@example.test")
    assert (code, "leads back to itself" in said, "taken back; nothing has changed" in said) == (1, True, True)
    assert text(server, "postfix-virtual.cf") == before
    good(server, "alias", "del", "one@example.test", "two@example.test")


def test_a_mistake_by_hand_does_not_undo_an_edit(server: Server) -> None:
    """Neither one that no pass has met yet, nor one that stands; an edit's own mistake is still taken back."""
    assert server.config
    quotas, problem = server.config / "dovecot-quotas.cf", "dovecot-quotas.cf:1: 'nonsense' is not an address"
    good(server, "alias", "add", "one@example.test", "two@example.test")
    before = quotas.read_text() if quotas.exists() else ""
    quotas.write_text(f"nonsense\n{before}")  # at once, before watch looks again:
    for name in ("first@example.test", "second@example.test"):
        code, _, said = setup(server, "email", "add", name, PASSWORD)
        assert (code, problem in said) == (1, True), said
        assert "saved in postfix-accounts.cf; it goes live when this problem is solved" in said
        assert name in text(server, "postfix-accounts.cf")
    code, _, said = setup(server, "alias", "add", "two@example.test", "one@example.test")
    assert (code, "taken back; nothing has changed" in said, problem in said) == (1, True, False), said
    assert "leads back to itself" in said
    assert "two@example.test one@" not in text(server, "postfix-virtual.cf")
    quotas.write_text(before)
    for name in ("first@example.test", "second@example.test"):
        until("the login", partial(can_log_in, server, name))
        good(server, "email", "del", "--yes", name)
    good(server, "alias", "del", "one@example.test", "two@example.test")


def can_log_in(server: Server, name: str) -> bool:
    try:
        server.imap(name).logout()
    except imaplib.IMAP4.error:
        return False
    return True


def test_numbers_in_json(server: Server) -> None:
    good(server, "quota", "set", ALICE, "5G")
    good(server, "email", "restrict", "add", "send", BOB)
    (row,) = [row for row in json.loads(good(server, "quota", "list", "--json")) if row["account"] == ALICE]
    assert (row["quota_bytes"], row["limit_bytes"], row["percent"]) == (5 << 30, 5 << 30, 0)
    assert isinstance(row["used_bytes"], int)
    (line,) = [line for line in good(server, "quota", "list").splitlines() if line.startswith(ALICE)]
    assert line.split()[1] == "5G"
    (row,) = json.loads(good(server, "email", "restrict", "list", "--json"))
    assert row == {"address": BOB, "may_not": "send", "action": "REJECT"}
    good(server, "quota", "del", ALICE)
    good(server, "email", "restrict", "del", "send", BOB)


def test_comments_order_and_other_rows_stay(lab: Lab) -> None:
    config = f"# people\r\n\r\n{accounts(ALICE).strip()}  \r\n # more\r\n{accounts(BOB).strip()}|x=1"
    server = lab.mailserver("comments", {"postfix-accounts.cf": config})
    good(server, "email", "update", BOB, PASSWORD)
    assert server.config
    after = (server.config / "postfix-accounts.cf").read_bytes().decode()
    head, _, tail = after.partition(BOB)
    assert head == config.partition(BOB)[0]
    assert tail.endswith("|x=1")
    good(server, "email", "add", "last@example.test", PASSWORD)
    assert (server.config / "postfix-accounts.cf").read_bytes().decode().startswith(after + "\r\nlast@example.test|")
    lab.forget(server)


def test_forty_at_once_lose_nothing(lab: Lab) -> None:
    server = lab.mailserver("crowd", {"postfix-accounts.cf": accounts(ALICE)})
    names = [f"user{number}@example.test" for number in range(40)]
    with ThreadPoolExecutor(12) as pool:
        codes = list(pool.map(lambda name: setup(server, "email", "add", name, PASSWORD)[0], names))
    assert codes == [0] * 40
    rows = text(server, "postfix-accounts.cf").splitlines()
    assert sorted(row.partition("|")[0] for row in rows) == sorted([ALICE, *names])
    for name in names[::10]:
        server.imap(name).logout()
    assert server.run("mailwright", "diff").strip() == "nothing to do"
    lab.forget(server)


def test_imported_and_exported(server: Server, lab: Lab) -> None:
    good(server, "email", "import", "-", text=PEOPLE)
    server.imap("ann@example.test").logout()
    assert "ann@example.test:5G" in text(server, "dovecot-quotas.cf").splitlines()
    code, _, said = setup(server, "email", "import", "-", text=PEOPLE)
    assert (code, "2 accounts exist already" in said) == (1, True)
    before = text(server, "postfix-accounts.cf")
    wrong = "address,password\nnew@example.test,secret\nbad,secret\nworse@example.test,\n"
    code, _, said = setup(server, "email", "import", "-", text=wrong)
    assert (code, "2 problems; nothing was added" in said) == (1, True), said
    assert ":3: 'bad' is not an address (user@domain)" in said
    assert ":4: the password is empty" in said
    assert text(server, "postfix-accounts.cf") == before
    other = lab.mailserver("other", {"postfix-accounts.cf": accounts("first@else.test")})
    good(other, "email", "import", "-", text=good(server, "email", "export"))
    other.imap("ann@example.test").logout()
    lab.forget(other)


def test_a_container_that_serves_nobody_edits_too(lab: Lab) -> None:
    folder = lab.folder({})
    done = subprocess.run(
        [
            "docker",
            "run",
            "--rm",
            "-v",
            f"{folder}:/tmp/docker-mailserver",
            IMAGE,
            "setup",
            "email",
            "add",
            ALICE,
            PASSWORD,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "postfix-accounts.cf").read_text().startswith(f"{ALICE}|{{BLF-CRYPT}}")


def test_the_list_shows_aliases(server: Server) -> None:
    good(server, "alias", "add", "sales@example.test", ALICE)
    printed = good(server, "email", "list")  # as docker-mailserver prints it: stdout is not a terminal
    form = rf"^\* {ALICE} \( \S+ / \S+ \) \[\d+%\]\n    \[ aliases -> sales@example.test \]\n$"
    assert re.search(form, printed, re.MULTILINE), printed
    assert f"* sales@example.test {ALICE}\n" in good(server, "alias", "list")
    assert "Usage: setup email add" in good(server, "email", "add", "help")
    rows = {row["account"]: row for row in json.loads(good(server, "email", "list", "--json"))}
    assert rows[ALICE]["aliases"] == ["sales@example.test"]


def test_completed(server: Server) -> None:
    assert "_setup_completion" in good(server, "completion", "bash")
    environ = ("_SETUP_COMPLETE=bash_complete", "COMP_WORDS=setup email update al", "COMP_CWORD=3")
    assert ALICE in server.run("env", *environ, "setup")


def test_habits_of_docker_mailserver(server: Server) -> None:
    server.run("addmailuser", "old@example.test", PASSWORD)
    server.imap("old@example.test").logout()
    assert "* old@example.test (" in server.run("listmailuser")
    server.run("delmailuser", "-y", "old@example.test")
    assert setup(server, "debug", "login", "echo $0 one; exit 3")[:2] == (3, "/bin/bash one\n")
    assert good(server, "debug", "login", "printf", "%s.", "a b", "c") == "a b.c."
    assert "/etc/postfix\n" in good(server, "debug", "login", text="cd /etc/postfix && pwd\n")
    assert server.run("dig", "+short", "outside.test") == "192.0.2.9\n"
    assert "214" in server.run(
        "curl", "--silent", "--show-error", "smtp://127.0.0.1:25", "--request", "HELP", check=False
    )
    server.run("supervisorctl", "restart", "postfix")
    server.wait_ready(25, 587)
