"""Starting, dying, stopping: no mail is lost, none comes twice."""

from __future__ import annotations

import re
import smtplib
import threading
from collections import Counter

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import docker, exit_code, until
from tests.container.lab import Lab, Server, accounts

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d mail\.\S+ [\w/.-]+(\[\d+\])?: \S.*")
SUPERVISOR_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (WARN|CRIT|ERRO) .*")
USERS = [f"user{number}@example.test" for number in range(10)]


def rendered(server: Server) -> str:
    """A digest of everything that the daemons read."""
    return server.run("sh", "-c", "cd /run/mailwright/etc && find . -type f ! -name '*.lmdb' | sort | xargs sha256sum")


def test_restart_equals_fresh_start(server: Server) -> None:
    before = rendered(server)
    docker("restart", server.name)
    server.wait_ready(25, 587, 993)
    assert rendered(server) == before
    server.receives(BOB, server.submit(ALICE, BOB))


def test_one_line_an_event_on_stdout_and_in_the_file(server: Server) -> None:
    server.receives(BOB, server.submit(ALICE, BOB))
    lines = [line for line in server.log().splitlines() if line]
    strange = [line for line in lines if not LINE.fullmatch(line) and not SUPERVISOR_LINE.fullmatch(line)]
    assert strange == []
    programs = {re.split(r"[\[:]", line.split(" ", 2)[2])[0] for line in lines if LINE.fullmatch(line)}
    assert {"mailwright", "dovecot", "postfix/qmgr", "postfix/submission/smtpd"} <= programs
    file = server.run("cat", "/var/log/mail/mail.log")
    assert any("postfix/lmtp" in line and line in file for line in lines)


def test_health_check_is_content(server: Server) -> None:
    assert server.run("python3", "-m", "mailwright.health").strip() == "healthy"


def test_health_checks_visits_are_not_logged(server: Server) -> None:
    before = server.log()
    server.run("python3", "-m", "mailwright.health")
    server.receives(BOB, server.submit(ALICE, BOB))
    assert "127.0.0.1" not in server.log().removeprefix(before)


@pytest.mark.parametrize(
    "pattern", ["sbin/master", "dovecot -F", "rsyslogd", "qmgr", "dovecot/auth", "^lmtp|dovecot/lmtp"]
)
def test_a_killed_daemon_comes_back(server: Server, pattern: str) -> None:
    server.run("pkill", "-KILL", "-f", pattern, check=False)
    until(
        "a healthy server", lambda: server.run("python3", "-m", "mailwright.health", check=False).strip() == "healthy"
    )
    server.wait_ready(25, 587, 993)
    server.receives(BOB, server.submit(ALICE, BOB))


def test_a_daemon_that_keeps_dying_makes_the_container_unhealthy(lab: Lab) -> None:
    patch = "mount >/dev/null; printf '#!/bin/sh\\nexit 3\\n' >/run/broken; chmod 755 /run/broken\n"
    patch += "sed -i 's#^command = /usr/sbin/dovecot -F#command = /run/broken#' /etc/supervisor/supervisord.conf\n"
    config = {"postfix-accounts.cf": accounts(ALICE), "user-patches.sh": patch}
    check = ("--health-cmd", "python3 -m mailwright.health", "--health-interval", "1s", "--health-retries", "2")
    dying = lab.mailserver("dying", config, {}, *check, "--health-start-period", "0s", "--tmpfs", "/run:exec", ready=())
    until("unhealthy", lambda: dying.inspect("{{.State.Health.Status}}") == "unhealthy", 40)
    assert "unhealthy: dovecot" in dying.log()
    assert "dovecot" in dying.inspect("{{json .State.Health.Log}}")


def test_idle_server_stops_with_exit_code_0(lab: Lab) -> None:
    idle = lab.mailserver("idle", {"postfix-accounts.cf": accounts(ALICE)})
    assert idle.stop() == 0


def flood(server: Server, accepted: list[str], prefix: str) -> list[threading.Thread]:
    """Twenty clients that hand in mail until the server is gone; ``accepted`` gets each Message-ID that it took."""

    def client(number: int) -> None:
        try:
            with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=20) as session:
                for count in range(10_000):
                    message_id = f"<{prefix}-{number}-{count}@load.test>"
                    text = f"From: x@outside.test\r\nMessage-ID: {message_id}\r\n\r\n" + ("x" * 70 + "\r\n") * 140
                    session.sendmail("x@outside.test", [USERS[(number + count) % 10]], text)
                    accepted.append(message_id)
        except (OSError, smtplib.SMTPException):
            return

    threads = [threading.Thread(target=client, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    return threads


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_under_load_nothing_is_lost_and_a_stop_delivers_nothing_twice(lab: Lab, how: str) -> None:
    volumes = ("-v", f"{lab.volume(f'mail-{how}')}:/var/mail", "-v", f"{lab.volume(f'state-{how}')}:/var/mail-state")
    config, accepted = {"postfix-accounts.cf": accounts(*USERS)}, list[str]()
    for attempt in range(2):
        busy = lab.mailserver(f"busy-{how}-{attempt}", config, {}, *volumes, hostname="mail.example.test")
        before = len(accepted)
        threads = flood(busy, accepted, str(attempt))
        until("two hundred mails", lambda: len(accepted) > before + 200)  # noqa: B023
        if how == "stop":
            assert busy.stop() == 0
        else:
            docker("kill", busy.name)
        for thread in threads:
            thread.join()
        lab.forget(busy)
    after = lab.mailserver(f"after-{how}", config, {}, *volumes, hostname="mail.example.test")
    until("an empty queue", lambda: "is empty" in after.run("postqueue", "-p"), 90)
    found = Counter(
        after.run("sh", "-c", "cat /var/mail/*/*/[nc][eu][wr]/* | grep ^Message-ID: | cut -d' ' -f2").split()
    )
    assert [message_id for message_id in accepted if message_id not in found] == []
    if how == "stop":
        assert [message_id for message_id, times in found.items() if times > 1] == []
    assert " Z" not in after.run("ps", "-eo", "stat")


def test_postfix_stops_before_dovecot(lab: Lab) -> None:
    server = lab.mailserver("order", {"postfix-accounts.cf": accounts(ALICE)}, {"SUPERVISOR_LOGLEVEL": "info"})
    server.stop()
    log = server.log()
    assert 0 < log.index("stopped: postfix") < log.index("stopped: dovecot") < log.index("stopped: rsyslog")


def test_time_zone_holds_for_all_lines(lab: Lab) -> None:
    server = lab.mailserver("zone", {"postfix-accounts.cf": accounts(ALICE)}, {"TZ": "Asia/Kolkata"})
    server.receives(ALICE, server.submit(ALICE, ALICE))
    stamps = [line.split(" ", 1)[0] for line in server.log().splitlines() if "postfix/" in line or "dovecot: " in line]
    assert stamps
    assert all(stamp.endswith("+05:30") for stamp in stamps)


def test_plain_docker_run_works_too(lab: Lab) -> None:
    folder = lab.folder({"postfix-accounts.cf": accounts(ALICE)})
    plain = lab.container(
        "plain-run", "--hostname", "mail.p.test", "-v", f"{folder}:/tmp/docker-mailserver", image="mailwright:latest"
    )
    plain.wait_ready(25, 587, 993)
    assert exit_code("exec", plain.name, "mailwright", "check") == 0
    plain.receives(ALICE, plain.submit(ALICE, ALICE))
