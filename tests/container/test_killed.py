"""What dies comes back by itself, and no mail is lost; what keeps dying is named."""

from __future__ import annotations

from functools import partial

import pytest

from mailwright.core import paths
from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts

HEALTH = ("python3", "-m", "mailwright.programs.health")
# As pgrep -f looks for them: the programs of supervisord, and children of Postfix's and Dovecot's masters.
PROCESSES = {
    "rsyslog": ("/usr/sbin/rsyslogd",),
    "dovecot": ("/usr/sbin/dovecot -F",),
    "its children": tuple(f"dovecot/{name}" for name in ("auth", "config", "log", "stats", "anvil")),
    "postfix": ("/usr/lib/postfix/sbin/master",),
    "the script around it": ("/bin/sh /usr/lib/mailwright/postfix-foreground",),
}


def numbers(server: Server, command: str) -> set[str]:
    """The process numbers of a command."""
    return set(server.run("pgrep", "-f", f"^{command}( |$)", check=False).split())


def astray(server: Server) -> list[str]:
    """Zombies, and processes whose parent has died: tini has one child."""
    table = [line.split(None, 3) for line in server.run("ps", "-eo", "ppid=,pid=,stat=,args=").splitlines()]
    orphans = [args for ppid, _, _, args in table if ppid == "1" and "mailwright boot" not in args]
    return orphans + [args for _, _, stat, args in table if stat.startswith("Z")]


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server whose supervisord has enough patience for all of this module."""
    return lab.mailserver("killed", {"postfix-accounts.cf": accounts(ALICE, BOB)}, hostname="mail.example.test")


@pytest.mark.parametrize("commands", PROCESSES.values(), ids=PROCESSES)
def test_killed_processes_come_back_and_no_mail_is_lost(server: Server, commands: tuple[str, ...]) -> None:
    sent = [server.submit(ALICE, BOB) for _ in range(3)]
    killed = {command: until(command, partial(numbers, server, command)) for command in commands}
    server.run("kill", "-KILL", *set[str]().union(*killed.values()), check=False)
    until("health", lambda: server.run(*HEALTH, check=False).strip() == "healthy", 30)
    sent.append(until("a mail to be taken", lambda: server.submit(ALICE, BOB)))
    for message_id in sent:
        server.receives(BOB, message_id, queue=server)
    for command in commands:
        assert until(f"another {command}", partial(numbers, server, command)).isdisjoint(killed[command])
    server.sees(sent[-1])


def test_what_was_delivered_before_a_kill_is_not_delivered_again(server: Server) -> None:
    """A kill between Dovecot's answer and Postfix's note leaves the queue file as it was before the delivery."""

    def shell(script: str) -> str:
        return server.run("sh", "-euc", f"cd {paths.QUEUE}; {script}")

    server.run("supervisorctl", "stop", "dovecot")
    message_id = server.deliver("x@outside.test", BOB)
    queue_file = until("a deferred mail", lambda: shell("find deferred -type f").strip())
    queue_id = queue_file.rpartition("/")[2]
    shell(f"cp {queue_file} /tmp/before; ln {queue_file} saved/{queue_id}")
    server.run("supervisorctl", "start", "dovecot")
    server.receives(BOB, message_id, queue=server)
    until("an empty queue", lambda: "is empty" in server.run("postqueue", "-p"))
    server.run("supervisorctl", "stop", "postfix")
    shell(f"cat /tmp/before >saved/{queue_id}; mv saved/{queue_id} active/")
    server.run("supervisorctl", "start", "postfix")
    assert f"{queue_id}: to=<{BOB}>" in server.sees("was delivered before the server was killed")
    until("an empty queue", lambda: "is empty" in server.run("postqueue", "-p"))
    assert len([mail for mail in server.mails(BOB) if message_id in mail]) == 1


def test_nothing_is_astray_after_all_that(server: Server) -> None:
    def nothing() -> bool:
        assert astray(server) == []
        return True

    # Dovecot's processes outlive a killed master by half a minute.
    until("nothing astray", nothing, 45)


def test_daemons_that_keep_dying_make_the_container_unhealthy(lab: Lab) -> None:
    patch = "printf '#!/bin/sh\nexit 3\n' >/run/broken; chmod 755 /run/broken\n"
    patch += "sed -i 's#^command = .*#command = /run/broken#' /etc/supervisor/supervisord.conf\n"
    config = {"postfix-accounts.cf": accounts(ALICE), "user-patches.sh": patch}
    check = ("--health-cmd", " ".join(HEALTH), "--health-interval", "1s", "--health-retries", "2")
    options = (*check, "--health-start-period", "0s", "--tmpfs", "/run:exec")
    dying = lab.mailserver("dying", config, {}, *options, ready=())
    until("unhealthy", lambda: dying.inspect("{{.State.Health.Status}}") == "unhealthy", 40)
    for program in ("rsyslog", "dovecot", "postfix"):
        dying.sees(f"{program} is BACKOFF")
        assert f"{program} is" in dying.inspect("{{json .State.Health.Log}}")
    assert dying.stop() == 0
