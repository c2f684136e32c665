"""What dies comes back by itself, and no mail is lost; what keeps dying is named."""

from __future__ import annotations

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts

HEALTH = ("python3", "-m", "mailwright.health")
# As pgrep -f looks for them: the programs of supervisord, and children of Postfix's and Dovecot's masters.
PROCESSES = (
    "/usr/sbin/rsyslogd",
    "/usr/sbin/dovecot -F",
    "/bin/sh /usr/lib/mailwright/postfix-foreground",
    "/usr/lib/postfix/sbin/master",
    *("qmgr", "pickup", "cleanup", "trivial-rewrite", "tlsmgr", "smtpd", "lmtp", "anvil"),
    *(f"dovecot/{name}" for name in ("auth", "lmtp", "config", "log", "stats", "anvil")),
)


def numbers(server: Server, command: str) -> set[str]:
    """The process numbers of a command."""
    return set(server.run("pgrep", "-f", f"^{command}( |$)", check=False).split())


def astray(server: Server) -> list[str]:
    """Zombies, and processes whose parent has died: tini has one child."""
    table = [line.split(None, 3) for line in server.run("ps", "-eo", "ppid=,pid=,stat=,args=").splitlines()]
    orphans = [args for ppid, _, _, args in table if ppid == "1" and "mailwright.supervision" not in args]
    return orphans + [args for _, _, stat, args in table if stat.startswith("Z")]


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server whose supervisord has enough patience for all of this module."""
    return lab.mailserver("killed", {"postfix-accounts.cf": accounts(ALICE, BOB)}, hostname="mail.example.test")


@pytest.mark.parametrize("command", PROCESSES)
def test_a_killed_process_comes_back_and_no_mail_is_lost(server: Server, command: str) -> None:
    sent = [server.submit(ALICE, BOB) for _ in range(3)]
    killed = until(f"{command} to be there", lambda: numbers(server, command))
    server.run("kill", "-KILL", *killed, check=False)
    until("health", lambda: server.run(*HEALTH, check=False).strip() == "healthy", 30)
    sent.append(until("a mail to be taken", lambda: server.submit(ALICE, BOB)))
    server.run("postqueue", "-f")
    for message_id in sent:
        server.receives(BOB, message_id)
    assert numbers(server, command), "nothing came in its place"
    assert not numbers(server, command) & killed
    until("nothing astray", lambda: not astray(server))
    server.sees(sent[-1])


@pytest.mark.parametrize("program", ["rsyslog", "dovecot", "postfix"])
def test_a_daemon_that_keeps_dying_makes_the_container_unhealthy(lab: Lab, program: str) -> None:
    patch = "printf '#!/bin/sh\\nexit 3\\n' >/run/broken; chmod 755 /run/broken\n"
    patch += f"sed -i '/^.program:{program}/,/^command/ s#^command = .*#command = /run/broken#' "
    config = {"postfix-accounts.cf": accounts(ALICE), "user-patches.sh": patch + "/etc/supervisor/supervisord.conf\n"}
    check = ("--health-cmd", " ".join(HEALTH), "--health-interval", "1s", "--health-retries", "2")
    options = (*check, "--health-start-period", "0s", "--tmpfs", "/run:exec")
    dying = lab.mailserver(f"dying-{program}", config, {}, *options, ready=())
    until("unhealthy", lambda: dying.inspect("{{.State.Health.Status}}") == "unhealthy", 40)
    assert f"{program} is BACKOFF" in dying.inspect("{{json .State.Health.Log}}")
    assert f"mailwright: error: unhealthy: {program} is" in dying.log()
    assert dying.stop() == 0
    lab.forget(dying)
