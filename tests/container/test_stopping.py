"""Stopping, idle and under load: no mail is lost, none comes twice."""

from __future__ import annotations

import smtplib
import threading
import time
from collections import Counter

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import docker, until
from tests.container.lab import Lab, Server, accounts
from tests.container.test_killed import astray

USERS = [f"user{number}@example.test" for number in range(10)]
CONFIG = {"postfix-accounts.cf": accounts(ALICE, *USERS)}
ROUNDS = {"stop": 2, "kill": 2}


def test_an_idle_server_stops_in_order_with_exit_code_0(lab: Lab) -> None:
    server = lab.mailserver("order", CONFIG, {"SUPERVISOR_LOGLEVEL": "info"})
    began = time.monotonic()
    assert server.stop() == 0
    print(f"docker stop: {time.monotonic() - began:.2f} s")
    log = server.log()
    assert 0 < log.index("stopped: postfix") < log.index("stopped: dovecot") < log.index("stopped: rsyslog")
    assert "SIGKILL" not in log


@pytest.mark.parametrize("signal", ["TERM", "INT"])
def test_a_signal_ends_all_with_exit_code_0(lab: Lab, signal: str) -> None:
    server = lab.mailserver(f"signal-{signal.lower()}", CONFIG)
    docker("kill", "--signal", signal, server.name)
    until("its end", lambda: server.inspect("{{.State.Status}}") == "exited")
    assert server.inspect("{{.State.ExitCode}}") == "0"


def test_a_stop_in_the_middle_of_a_start_ends_it(lab: Lab) -> None:
    server = lab.mailserver("early", CONFIG, ready=())
    assert server.stop() in (0, 143)  # tini passes a signal on to whoever is there
    docker("start", server.name)
    server.wait_ready(25, 587, 993)


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


def end_under_load(lab: Lab, server: Server, how: str, accepted: list[str]) -> None:
    """The server took two hundred mails and was ended in the midst of more; its container is gone."""
    before = len(accepted)
    threads = flood(server, accepted, server.name)
    until("two hundred mails", lambda: len(accepted) > before + 200, 40)
    began = time.monotonic()
    if how == "stop":
        assert server.stop() == 0
        assert "SIGKILL" not in server.log()
    else:
        docker("kill", server.name)
    print(f"{how} under load: {time.monotonic() - began:.2f} s, {len(accepted) - before} mails taken")
    for thread in threads:
        thread.join()
    lab.forget(server)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_under_load_nothing_is_lost_and_a_stop_delivers_nothing_twice(lab: Lab, how: str) -> None:
    volumes = ("-v", f"{lab.volume(f'mail-{how}')}:/var/mail", "-v", f"{lab.volume(f'state-{how}')}:/var/mail-state")
    accepted = list[str]()
    for attempt in range(ROUNDS[how]):
        busy = lab.mailserver(f"busy-{how}-{attempt}", CONFIG, {}, *volumes, hostname="mail.example.test")
        end_under_load(lab, busy, how, accepted)
    after = lab.mailserver(f"after-{how}", CONFIG, {}, *volumes, hostname="mail.example.test")
    after.run("postqueue", "-f")
    until("an empty queue", lambda: "is empty" in after.run("postqueue", "-p"), 90)
    found = Counter(after.run("sh", "-c", "cat /var/mail/*/*/[nc][eu][wr]/* | sed -n 's/^Message-ID: //p'").split())
    assert [message_id for message_id in accepted if message_id not in found] == []
    if how == "stop":
        assert [message_id for message_id, times in found.items() if times > 1] == []
    until("nothing astray", lambda: not astray(after))
