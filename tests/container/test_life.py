"""Starting anew, the one stream of lines, and the health check."""

from __future__ import annotations

import re
import time

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import IMAGE, LABEL, docker, exit_code, until
from tests.container.lab import Lab, Server, accounts

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d mail\.\S+ (?P<program>[\w/.-]+)(\[\d+\])?: \S.*")
HEALTH = ("python3", "-m", "mailwright.programs.health")
CONFIG = {"postfix-accounts.cf": accounts(ALICE, BOB)}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright whose health the engine asks for every two seconds."""
    return lab.mailserver("example", CONFIG, {}, "--health-interval", "2s")


def rendered(server: Server, *less: str) -> dict[str, str]:
    """Path → digest of everything that the daemons read; of a compiled table, whose bytes differ, that it is there."""
    said = server.run("sh", "-c", "cd /run/mailwright/etc && find . -type f -exec sha256sum {} +")
    digests = {path: digest for digest, path in (line.split() for line in said.splitlines())}
    return {path: "" if path.endswith(".lmdb") else it for path, it in digests.items() if not path.startswith(less)}


def programs(lines: list[str]) -> set[str]:
    """Who speaks in the lines; AssertionError when one has another form."""
    found = [(line, LINE.fullmatch(line)) for line in lines if line]
    assert [line for line, match in found if not match] == []
    return {match["program"] for _, match in found if match}


@pytest.mark.parametrize("how", [("restart",), ("stop", "start"), ("kill", "start")], ids="-".join)
def test_restart_equals_fresh_start(server: Server, how: tuple[str, ...]) -> None:
    before, state = rendered(server), server.run("sh", "-c", "cd /var/mail-state && find . -type d | sort")
    for command in how:
        docker(command, server.name)
    server.wait_ready(25, 587, 993)
    assert rendered(server) == before
    assert server.run("sh", "-c", "cd /var/mail-state && find . -type d | sort") == state
    assert server.run("mailwright", "diff").strip() == "nothing to do"
    server.receives(BOB, server.submit(ALICE, BOB))


def test_two_fresh_starts_are_equal_but_for_their_own_certificates(lab: Lab, server: Server) -> None:
    hostname = server.run("hostname").strip()
    other = lab.mailserver("other", CONFIG, hostname=hostname)
    own = ("./dms/tls/", "./.rendered.json")
    assert rendered(other, *own) == rendered(server, *own)
    lab.forget(other)


def test_one_line_an_event_on_stdout_and_in_the_file(lab: Lab) -> None:
    server = lab.mailserver("lines", CONFIG, {"SUPERVISOR_LOGLEVEL": "info", "TZ": "Asia/Kolkata"})
    server.receives(BOB, server.submit(ALICE, BOB))
    server.run("pkill", "-KILL", "-x", "qmgr")
    server.sees("qmgr pid")
    server.stop()
    lines = server.log().splitlines()
    daemons = {"rsyslogd", "dovecot", "postfix/master", "postfix/qmgr", "postfix/submission/smtpd", "postfix/lmtp"}
    assert {"mailwright", "supervisord", *daemons} <= programs(lines)
    assert {line.split(" ", 1)[0][-6:] for line in lines} == {"+05:30"}
    docker("start", server.name)
    server.wait_ready(25)
    file = server.run("cat", "/var/log/mail/mail.log").splitlines()
    assert daemons <= programs(file)
    assert [line for line in file if line not in server.log()] == []


def test_health_check_is_content(server: Server) -> None:
    began = time.monotonic()
    assert server.run(*HEALTH).strip() == "healthy"
    assert server.run("python3", "-m", "mailwright.health").strip() == "healthy"  # its name in 0.1
    print(f"docker exec and health check: {time.monotonic() - began:.2f} s")
    until("healthy", lambda: server.inspect("{{.State.Health.Status}}") == "healthy")


def test_health_checks_visits_are_not_logged(server: Server) -> None:
    before = server.log()
    server.run(*HEALTH)
    server.receives(BOB, server.submit(ALICE, BOB))
    assert "127.0.0.1" not in server.log().removeprefix(before)


def test_health_check_names_the_port_that_says_nothing(lab: Lab) -> None:
    mute = lab.mailserver("mute", CONFIG)
    # The programs run, as supervisord sees it, and the kernel takes connections for them.
    mute.run("pkill", "-STOP", "-x", "master|smtpd")
    said = mute.run(*HEALTH, check=False).splitlines()
    silent = [line for line in said if "is stopped by a signal" not in line]
    assert silent == [f"postfix: smtp (127.0.0.1:{port}) does not answer: timed out" for port in (25, 587)]
    assert [line for line in said if line.startswith("/usr/lib/postfix/sbin/master (process ")]
    # In its first seconds a start is not an error yet, and the log says nothing.
    words = re.compile(r"mailwright: error: unhealthy: .*postfix: smtp \(127\.0\.0\.1:25\) does not answer")
    until("the line in the log", lambda: mute.run(*HEALTH, check=False) and words.search(mute.log()), 60)
    assert exit_code("exec", mute.name, "pkill", "-CONT", "-x", "master|smtpd") == 0
    until("health", lambda: mute.run(*HEALTH, check=False).strip() == "healthy")
    programs(mute.log().splitlines())


def test_health_check_says_that_supervisord_is_gone() -> None:
    said = docker("run", "--rm", "--network", "none", IMAGE, *HEALTH, check=False)
    assert "supervisord does not answer" in said


@pytest.mark.parametrize("options", [(), ("--network", "none")], ids=["plain", "no network"])
def test_docker_run_without_any_option_of_compose(lab: Lab, options: tuple[str, ...]) -> None:
    folder = lab.folder(CONFIG)
    name = f"{lab.name}-plain{len(options)}"
    lab.made.append(name)
    base = ("run", "-d", "--label", LABEL, "--name", name, "--hostname", "mail.example.test")
    docker(*base, "-v", f"{folder}:/tmp/docker-mailserver", *options, IMAGE)
    plain = Server(name, "")
    until("health", lambda: plain.run(*HEALTH, check=False).strip() == "healthy")
    assert exit_code("exec", name, "mailwright", "check") == 0
    mail = f"From: {ALICE}\nTo: {BOB}\nMessage-ID: <plain@example.test>\n\nhello\n"
    plain.run("sendmail", "-f", ALICE, BOB, text=mail)
    until("the mail", lambda: "<plain@example.test>" in plain.run("doveadm", "fetch", "-u", BOB, "hdr", "all"))
    assert plain.stop() == 0
