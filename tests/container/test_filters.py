"""Rspamd at work: what is refused, what goes to Junk, what users teach, and what happens while it is down."""

from __future__ import annotations

import http.client
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailwright.core import paths
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts
from tests.container.sender import hand_over, mail, message_id

ALICE, BOB = "alice@example.test", "bob@example.test"
# Rspamd's own test patterns: what is refused, and what is marked.
REFUSED = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
MARKED = "YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
ON = {"ENABLE_RSPAMD": "1"}
HEALTH = ("python3", "-m", "mailwright.programs.health")
PATTERNS = {"rspamd/custom-commands.conf": 'set-common-option gtube_patterns "all"\nset-option-for-proxy timeout 77s\n'}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright with the filter on, everything else at its default."""
    return lab.mailserver("example", {"postfix-accounts.cf": accounts(ALICE, BOB)} | PATTERNS, ON)


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Server:
    """A client with an address of its own."""
    return lab.container("outside", image=CLIENTS, command=("sleep", "infinity"))


def test_spam_for_sure_is_refused(server: Server, outside: Server) -> None:
    assert hand_over(outside, server, mail("x@outside.test", ALICE, REFUSED), "x@outside.test", ALICE).startswith(
        "554 "
    )


def test_spam_goes_to_junk_and_other_mail_does_not(server: Server, outside: Server) -> None:
    spam, ham = mail("x@outside.test", ALICE, MARKED), mail("x@outside.test", ALICE)
    assert hand_over(outside, server, spam, "x@outside.test", ALICE) == "250"
    assert hand_over(outside, server, ham, "x@outside.test", ALICE) == "250"
    assert "X-Spam: Yes" in server.receives(ALICE, message_id(spam), "Junk")
    assert "X-Spam: " not in server.receives(ALICE, message_id(ham))


def test_a_wallet_is_looked_for_in_the_first_100_kb(server: Server) -> None:
    wallet, large = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa\n", "some words of a text\n" * 6000

    def symbols(text: str) -> str:
        scan = ("rspamc", "--connect", "/run/rspamd-controller/controller.sock", "symbols")
        return server.run(*scan, text=mail("x@outside.test", ALICE, text))

    assert "BITCOIN_ADDR" in symbols(wallet + large)
    assert "BITCOIN_ADDR" not in symbols(large + wallet)


def test_what_strangers_say_in_our_name_is_taken_off(server: Server, outside: Server) -> None:
    forged = {"X-Spam-Status": "No, trust me", "Authentication-Results": "mail.example.test; dkim=pass; spf=pass"}
    text = mail("x@outside.test", ALICE, **forged)
    assert hand_over(outside, server, text, "x@outside.test", ALICE) == "250"
    got = server.receives(ALICE, message_id(text))
    assert "trust me" not in got
    assert "spf=pass" not in got
    assert got.count("Authentication-Results: mail.example.test") == 1


def test_mail_of_a_login_is_not_judged(server: Server) -> None:
    sent = server.submit(ALICE, BOB)
    got = server.receives(BOB, sent)
    assert "X-Spam" not in got
    assert "Authentication-Results" not in got


def test_what_runs_is_what_the_files_say(server: Server) -> None:
    assert server.run("mailwright", "diff").strip() == "nothing to do"
    assert "the running configuration differs" not in server.run("setup", "doctor", check=False)


def test_the_main_process_does_not_keep_the_patterns(server: Server) -> None:
    """It maps the patterns for its workers, and has next to nothing of them in its own memory; in kB."""
    smaps = "cat /proc/$(pgrep -o -f '^rspamd: main')/smaps"
    said = server.run("setpriv", "--reuid=_rspamd", "--regid=_rspamd", "--clear-groups", "sh", "-c", smaps)
    patterns = [text for text in re.split(r"\n(?=[0-9a-f]+-[0-9a-f]+ )", said) if ".unser\n" in text]
    mapped, resident = (
        sum(int(re.findall(rf"^{name}: +(\d+) kB", text, re.MULTILINE)[0]) for text in patterns)
        for name in ("Size", "Rss")
    )
    assert mapped > 40_000
    assert resident < 4_000


def test_no_filter_runs_as_root(server: Server) -> None:
    def filters() -> list[str]:
        lines = server.run("ps", "axo", "user:20,args").splitlines()
        return [line for line in lines if " rspamd: " in line or " /usr/bin/redis" in line]

    until("all of them", lambda: len(filters()) >= 4)
    assert not [line for line in filters() if line.startswith("root")]


def test_users_of_other_groups_reach_no_filter(server: Server) -> None:
    for socket in ("/run/redis/redis.sock", "/run/rspamd/milter.sock", "/run/rspamd-msa/milter.sock"):
        look = f"setpriv --reuid=5000 --regid=5000 --clear-groups test -S {socket} || echo no"
        assert server.run("sh", "-c", look) == "no\n"


def test_without_the_filter_mail_waits_with_its_sender(server: Server, outside: Server) -> None:
    text = mail("x@outside.test", ALICE)
    # A stop in the middle of a reload: its workers end too, and the compiled patterns stay.
    server.run("supervisorctl", "signal", "HUP", "rspamd")
    server.run("supervisorctl", "stop", "rspamd")
    try:
        assert compiled(server, paths.RSPAMD_CACHE) <= compiled(server, paths.RSPAMD_STATE)
        assert not main_processes_of_workers(server)
        assert hand_over(outside, server, text, "x@outside.test", ALICE).startswith("421 ")
    finally:
        server.run("supervisorctl", "start", "rspamd")
    until("Rspamd", lambda: hand_over(outside, server, text, "x@outside.test", ALICE) == "250")
    server.receives(ALICE, message_id(text))


@pytest.mark.parametrize("process", ["^rspamd: main process", "^/bin/sh /usr/lib/mailwright/rspamd-foreground"])
def test_rspamd_comes_back_by_itself(server: Server, outside: Server, process: str) -> None:
    """Its main process ends, or the script that has started it."""
    killed = server.run("supervisorctl", "pid", "rspamd").strip()
    server.run("pkill", "-KILL", "-f", process)
    text = mail("x@outside.test", ALICE)
    until("its end", lambda: server.run("supervisorctl", "pid", "rspamd").strip() not in (killed, "0"))
    until("Rspamd", lambda: hand_over(outside, server, text, "x@outside.test", ALICE) == "250")
    started = server.run("supervisorctl", "pid", "rspamd").strip()
    assert main_processes_of_workers(server) == set(server.run("pgrep", "-P", started, "-x", "rspamd").split())


def test_mail_of_users_does_not_wait_behind_other_mail(server: Server, outside: Server) -> None:
    """The workers for other mail are held here: mail of users has one of its own."""
    text = mail("x@outside.test", ALICE)
    busy = ("pkill", "-f", "^rspamd: rspamd_proxy process .*/run/rspamd/milter")
    server.run(*busy, "-STOP")
    try:
        with ThreadPoolExecutor(1) as pool:
            stranger = pool.submit(hand_over, outside, server, text, "x@outside.test", ALICE)
            server.receives(BOB, server.submit(ALICE, BOB))
            assert not stranger.done()
            server.run(*busy, "-CONT")
            assert stranger.result() == "250"
    finally:
        server.run(*busy, "-CONT")


def test_options_for_the_milter_hold_for_both_workers(server: Server) -> None:
    dumped = server.run("rspamadm", "configdump", "worker")
    workers = re.findall(r"^rspamd_proxy \{.*?^\}", dumped, re.MULTILINE | re.DOTALL)
    assert [("timeout = 77.0;" in it, "rspamd-msa" in it, "count = 1;" in it) for it in workers] == [
        (True, True, True),
        (True, False, False),
    ]


def compiled(server: Server, folder: str) -> set[str]:
    """The names of the compiled patterns in ``folder``."""
    return {name for name in server.run("ls", folder).split() if re.search(r"\.hs(m[pc])?$", name)}


def main_processes_of_workers(server: Server) -> set[str]:
    """The process ids of the parents of Rspamd's workers; 1 when the main process has ended without them."""
    rows = server.run("ps", "axo", "ppid,args").splitlines()
    return {row.split()[0] for row in rows if re.search(r" rspamd: (?!main)", row)}


def test_a_command_is_live(server: Server, outside: Server) -> None:
    assert server.config
    commands = server.config / "rspamd" / "custom-commands.conf"
    before = commands.read_text()
    commands.write_text(f'{before}set-option-for-module milter_headers use ["x-rspamd-server"]\n')
    until("the header", lambda: "X-Rspamd-Server:" in delivered(server, outside))
    server.sees("reloaded rspamd")
    commands.write_text(before)
    until("the headers of before", lambda: "X-Rspamd-Server:" not in delivered(server, outside))


def delivered(server: Server, outside: Server) -> str:
    """A mail from outside as alice gets it, once Rspamd is there."""
    text = mail("x@outside.test", ALICE)
    until("Rspamd", lambda: hand_over(outside, server, text, "x@outside.test", ALICE) == "250")
    return server.receives(ALICE, message_id(text))


def test_a_mistake_is_named_and_changes_nothing(server: Server, outside: Server) -> None:
    assert server.config
    folder = server.config / "rspamd" / "override.d"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "actions.conf").write_text("reject = {{{;\n")
    server.sees("keeping the running configuration")
    text = mail("x@outside.test", ALICE)
    assert hand_over(outside, server, text, "x@outside.test", ALICE) == "250"
    (folder / "actions.conf").unlink()
    server.sees("problems resolved; the running configuration matches the files")


def test_a_full_start_logs_no_mistake(lab: Lab) -> None:
    """The health check asks from the first moment on; until all is there it fails, and complains of nothing."""
    server = lab.mailserver("start", {"postfix-accounts.cf": accounts(ALICE)} | PATTERNS, ON, ready=())
    told = list[str]()

    def healthy() -> bool:
        told.append(server.run(*HEALTH, check=False).strip())
        return told[-1] == "healthy"

    until("health", healthy, 40)
    assert len(told) > 1, "the first look came too late to see the start"
    lines = server.log().splitlines()
    frightening = ("mailwright: error", "(crit)", "overcommit", "cannot find a symbol", "cannot load controller stats")
    assert [line for line in lines if any(words in line for words in frightening)] == [], told
    lab.forget(server)


PREFIX = "namespace inbox {\n  prefix = INBOX.\n  separator = .\n  mailbox Spam {\n    special_use = \\Junk\n  }\n}\n"


@pytest.mark.parametrize(("dovecot", "junk"), [("", "Junk"), (PREFIX, "INBOX.Spam")])
def test_users_teach(lab: Lab, outside: Server, dovecot: str, junk: str) -> None:
    env = ON | {"RSPAMD_LEARN": "1", "MARK_SPAM_AS_READ": "1", "SPAM_SUBJECT": "[SPAM] "}
    config = {"postfix-accounts.cf": accounts("alice@learn.test"), "dovecot.cf": dovecot} | PATTERNS
    server = lab.mailserver("learn", config, env)
    words = "buy these very cheap watches from our new shop in town while they last, my dear old friend"
    spam = mail("x@outside.test", "alice@learn.test", f"{MARKED} {words}")
    assert hand_over(outside, server, spam, "x@outside.test", "alice@learn.test") == "250"
    assert "Subject: [SPAM] hello" in server.receives("alice@learn.test", message_id(spam), junk)
    with server.imap("alice@learn.test") as client:
        client.select(junk)
        assert b"\\Seen" in client.fetch("1", "(FLAGS)")[1][0]  # type: ignore[operator]
        client.copy("1", "INBOX")
        server.sees("learn-ham: Results for file: stdin")
        client.select("INBOX")
        client.copy("1", junk)
        server.sees("learn-spam: Results for file: stdin")
    # The users' processes may teach, by one program, and command nothing.
    as_vmail = ("setpriv", "--reuid=5000", "--regid=5000", "--clear-groups", "sh", "-c")
    assert server.run(*as_vmail, "test -S /run/rspamd-controller/controller.sock || echo no") == "no\n"
    assert server.run(*as_vmail, "test -w /run/dovecot/sieve-execute/learn && echo yes") == "yes\n"
    assert server.ask("/usr/lib/mailwright/learn", "stat").code == 64
    learned = [line for line in server.log().splitlines() if " learn-" in line]
    assert all("success = true" in line for line in learned)
    lab.forget(server)


def test_accept_while_down(lab: Lab, outside: Server) -> None:
    config = {"postfix-accounts.cf": accounts("alice@accept.test")}
    server = lab.mailserver("accept", config, ON | {"RSPAMD_DOWN_ACTION": "accept"})
    server.run("supervisorctl", "stop", "rspamd")
    text = mail("x@outside.test", "alice@accept.test")
    assert hand_over(outside, server, text, "x@outside.test", "alice@accept.test") == "250"


def test_the_web_page_wants_its_password(lab: Lab) -> None:
    config = {"postfix-accounts.cf": accounts("alice@web.test")}
    server = lab.mailserver("web", config, ON | {"RSPAMD_WEB_PASSWORD": 'a "long" {$HOME} \\word'})

    def answer(password: str) -> int:
        client = http.client.HTTPConnection(server.ip, 11334, timeout=10)
        client.request("GET", "/stat", headers={"Password": password} if password else {})
        return client.getresponse().status

    assert until("the page", lambda: answer("")) in (401, 403)
    assert answer("q1") in (401, 403)
    assert answer('a "long" {$HOME} \\word') == 200
    # Programs in the container do not go without it, such as those of users' Sieve scripts.
    inside = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:11334/stat')"
    assert "HTTP Error 401" in server.run("python3", "-c", inside, check=False)


def test_without_a_password_there_is_no_web_page(server: Server) -> None:
    with pytest.raises(ConnectionRefusedError):
        http.client.HTTPConnection(server.ip, 11334, timeout=5).request("GET", "/")
