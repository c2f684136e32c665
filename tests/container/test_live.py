"""Changes while the server runs: live soon, each with no more than it needs, and a mistake changes nothing."""

from __future__ import annotations

import json
import shutil
import smtplib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from mailwright.apply import vanished
from tests import pki
from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.kinds import BASE, CAROL, CHIEF, KINDS, Kind
from tests.container.lab import HASH, Lab, Server, accounts, message

PIDS = ("dovecot", "master")  # Dovecot's first process and Postfix's


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    # So that block lists, which bring the test of greetings with them, change a few parameters only.
    return lab.mailserver("example", BASE, {"POSTSCREEN_GREET_TEST": "1"})


def begin_with(server: Server, files: Mapping[str, str]) -> None:
    """The config folder holds ``files`` and no others, and no pass is under way."""
    folder = server.config
    assert folder
    there = {it.relative_to(folder).as_posix(): it.read_bytes() for it in folder.rglob("*") if it.is_file()}
    wanted = {name: text.encode() for name, text in files.items()}
    if there == wanted:
        return
    gone = there.keys() - wanted.keys()
    if meant := gone & {*vanished.KEPT}:
        for name in meant:
            (folder / name).write_bytes(vanished.NONE)
        until("no rows", server.is_settled)
    for name in gone:
        (folder / name).unlink()
    for name in [it for it in wanted if there.get(it) != wanted[it]]:
        (folder / name).write_bytes(wanted[name])
    until("the start", server.is_settled)


@pytest.fixture(autouse=True)
def base(server: Server) -> None:
    """Each test begins with the same files, whatever the one before left."""
    begin_with(server, BASE)


def outcome(server: Server) -> dict[str, object]:
    return dict(json.loads(server.run("cat", "/run/mailwright/state.json")))


def pids(server: Server) -> list[str]:
    return [server.run("pgrep", "-o", "-x", name).strip() for name in PIDS]


def applied(server: Server, edit: Callable[[], object]) -> str:
    """What the pass that ``edit`` brings about says that it did."""
    before = outcome(server)["generation"]
    edit()
    until("a new generation", lambda: outcome(server)["generation"] != before, 15)
    return str(outcome(server)["last_change"])


def path(server: Server, name: str) -> Path:
    assert server.config
    return server.config / name


def has_row(server: Server, row: str) -> bool:
    return row in server.run("cat", "/etc/dovecot/userdb")


def put(server: Server, name: str, text: str) -> Callable[[], object]:
    return lambda: path(server, name).write_text(text)


@pytest.mark.parametrize("kind", KINDS, ids=[f"{it[0]}-{it[4]}" for it in KINDS])
def test_each_kind_of_change_touches_what_it_must(server: Server, kind: Kind) -> None:
    name, earlier, text, files, taken_up = kind
    if earlier is not None:
        begin_with(server, {**BASE, name: earlier})
    before = pids(server)
    line = f"applied {files}, because {name} changed; {taken_up}"
    assert applied(server, put(server, name, text)) == line
    server.sees(line)
    after = pids(server)
    assert (after[0] != before[0]) is ("restarted dovecot" in taken_up)
    assert (after[1] != before[1]) is ("restarted postfix" in taken_up)
    server.wait_ready(25, 587, 143, 993)
    assert server.run("mailwright", "diff").strip() == "nothing to do"


def test_a_file_that_dovecot_cf_includes(server: Server) -> None:
    path(server, "dovecot").mkdir(exist_ok=True)
    put(server, "dovecot/mine.conf", "mail_max_userip_connections = 7\n")()
    applied(server, put(server, "dovecot.cf", "!include_try /tmp/docker-mailserver/dovecot/*.conf\n"))
    told = applied(server, put(server, "dovecot/mine.conf", "mail_max_userip_connections = 8\n"))
    files = "1 file (dovecot/included/1/000-mine.conf: mail_max_userip_connections)"
    assert told == f"applied {files}, because dovecot/mine.conf changed; reloaded dovecot"
    assert server.run("doveconf", "-h", "mail_max_userip_connections") == "8\n"
    put(server, "dovecot/mine.conf", "mail_max_userip = 9\n")()
    server.sees("dovecot/mine.conf:1: mail_max_userip: Unknown setting: mail_max_userip")
    assert server.run("doveconf", "-h", "mail_max_userip_connections") == "8\n"


def test_a_file_that_nothing_asks_for_changes_nothing(server: Server) -> None:
    path(server, "ssl").mkdir(exist_ok=True)
    put(server, "ssl/mail.example.test-full.pem", "".join(pki.pair("mail.example.test")))()
    told = applied(server, put(server, "postfix-aliases.cf", f"cron: {BOB}\n"))
    assert told.startswith("applied 1 file (postfix/aliases: +1 row), because postfix-")


def test_a_new_account_works_at_once_everywhere(server: Server) -> None:
    dave = "dave@new.test"
    applied(server, put(server, "postfix-accounts.cf", accounts(CHIEF, ALICE, BOB, dave)))
    server.receives(dave, server.deliver("friend@outside.test", dave))
    server.receives(BOB, server.submit(dave, BOB))
    applied(server, put(server, "postfix-accounts.cf", accounts(CHIEF, ALICE, BOB)))
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=30) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="Relay access denied"):
            client.send_message(message("friend@outside.test", dave))


def test_a_mistake_changes_nothing_and_is_told_once(server: Server) -> None:
    before, running = (
        outcome(server),
        server.run("sh", "-c", "cd /run/mailwright/etc/ && find . -type f | xargs md5sum"),
    )
    put(server, "postfix-virtual.cf", f"info@example.test {BOB}\nnonsense\n")()
    until("the problem", lambda: outcome(server)["problems"])
    problem = "postfix-virtual.cf:2: alias 'nonsense' has no target (hint: alias target[,target…])"
    assert outcome(server)["problems"] == [problem]
    put(server, "postfix-main.cf", "message_size_limit\n")()
    until("the second problem", lambda: len(list(outcome(server)["problems"])) == 2)  # type: ignore[call-overload]
    assert server.log().count(problem) == 1
    assert "keeping the running configuration" in server.log()
    assert outcome(server)["generation"] == before["generation"]
    assert server.run("sh", "-c", "cd /run/mailwright/etc/ && find . -type f | xargs md5sum") == running
    assert problem in server.run("python3", "-m", "mailwright.programs.health")
    server.receives(BOB, server.submit(ALICE, BOB))
    assert "mistake" not in applied(
        server,
        lambda: [put(server, "postfix-main.cf", "")(), put(server, "postfix-virtual.cf", f"x@example.test {BOB}\n")()],
    )
    assert outcome(server)["problems"] == []
    assert server.run("python3", "-m", "mailwright.programs.health").strip() == "healthy"


def test_what_a_daemons_checker_refuses_changes_nothing(server: Server) -> None:
    before = outcome(server)["generation"]
    put(server, "dovecot.cf", "no_such_setting = 1\n")()
    until("the problem", lambda: outcome(server)["problems"])
    assert "dovecot.cf:1" in str(outcome(server)["problems"])
    assert outcome(server)["generation"] == before
    applied(server, put(server, "dovecot.cf", "mail_max_userip_connections = 8\n"))


def test_rows_that_are_gone_are_gone(server: Server) -> None:
    applied(server, put(server, "postfix-virtual.cf", f"gone@example.test {BOB}\n"))
    assert server.run("postmap", "-q", "gone@example.test", "lmdb:/etc/postfix/virtual").strip() == BOB
    applied(server, put(server, "postfix-virtual.cf", "# none\n"))
    assert server.run("postmap", "-q", "gone@example.test", "lmdb:/etc/postfix/virtual", check=False).strip() == ""


def test_a_config_map_switched_by_its_link(lab: Lab) -> None:
    """Kubernetes: files are links through ..data, which is replaced as a whole."""
    server = lab.mailserver("map", {"..1/postfix-accounts.cf": accounts(ALICE)})
    folder = server.config
    assert folder
    (folder / "..data").symlink_to("..1")
    applied(server, lambda: (folder / "postfix-accounts.cf").symlink_to("..data/postfix-accounts.cf"))
    until("the login", lambda: server.imap(ALICE).logout())
    shutil.copytree(folder / "..1", folder / "..2")
    (folder / "..2" / "postfix-accounts.cf").write_text(accounts(CHIEF, ALICE, BOB))
    (folder / "..new").symlink_to("..2")
    applied(server, lambda: (folder / "..new").rename(folder / "..data"))
    until("the login", lambda: server.imap(BOB).logout())
    lab.forget(server)


def test_a_password_of_the_same_length_in_the_same_second(server: Server) -> None:
    other = HASH.replace("qyWNf38o", "qyWNf38p")
    for row in (f"{accounts(CHIEF)}{BOB}|{other}\n", f"{accounts(CHIEF)}{BOB}|{HASH}\n"):
        path(server, "postfix-accounts.cf").write_text(row)
        applied_row = row.splitlines()[1].replace("|", ":")
        until("the row", partial(has_row, server, applied_row))
    until("the login", lambda: server.imap(BOB).logout())


def test_patches_stay_until_the_next_start(lab: Lab) -> None:
    script = "postconf -e 'smtpd_timeout = 77s'\n"
    server = lab.mailserver("patched", {"postfix-accounts.cf": accounts(CHIEF, ALICE, BOB), "user-patches.sh": script})
    put(server, "postfix-main.cf", "message_size_limit = 1000000\n")()
    server.sees("user-patches.sh: has edited postfix/main.cf, so its change takes effect")
    assert server.run("postconf", "-h", "smtpd_timeout").strip() == "77s"
    assert "postfix/mailboxes" in applied(
        server, put(server, "postfix-accounts.cf", accounts(CHIEF, ALICE, BOB, CAROL))
    )
    assert server.run("postconf", "-h", "smtpd_timeout").strip() == "77s"
    lab.forget(server)


def test_watch_killed_goes_on(server: Server) -> None:
    server.run("pkill", "-KILL", "-f", "mailwright.programs.watch")
    assert "live at once" in applied(server, put(server, "postfix-virtual.cf", f"again@example.test {BOB}\n"))


def test_a_secrets_file(lab: Lab) -> None:
    secrets = lab.folder({"limit": "2000000\n"})
    env = {"POSTFIX_MESSAGE_SIZE_LIMIT__FILE": "/secrets/limit"}
    server = lab.mailserver("secrets", {"postfix-accounts.cf": accounts(CHIEF)}, env, "-v", f"{secrets}:/secrets:ro")
    applied(server, lambda: (secrets / "limit").write_text("3000000\n"))
    assert server.run("postconf", "-h", "message_size_limit").strip() == "3000000"
    (secrets / "limit").unlink()
    until("the problem", lambda: "cannot be read" in str(outcome(server)["problems"]))
    assert server.run("postconf", "-h", "message_size_limit").strip() == "3000000"
    lab.forget(server)


def test_a_template_that_is_no_text_changes_nothing(server: Server) -> None:
    template = path(server, "templates/postfix/main.cf.j2")
    template.parent.mkdir(parents=True, exist_ok=True)
    template.write_bytes(b"\xff\xfe")
    until(
        "the problem", lambda: "templates/postfix/main.cf.j2:1: is not UTF-8 text" in str(outcome(server)["problems"])
    )
    server.receives(BOB, server.submit(CHIEF, BOB))
    passes = server.run("stat", "-c", "%y", "/run/mailwright/lock")
    server.receives(BOB, server.submit(CHIEF, BOB))
    assert server.run("stat", "-c", "%y", "/run/mailwright/lock") == passes  # nobody looks again and again
    template.unlink()
    until("mended", lambda: not outcome(server)["problems"])
    assert "Traceback" not in server.log()
