"""Rotation of the log on a running server: no line is lost or doubled, and bans go on."""

from __future__ import annotations

import itertools
import subprocess

import pytest

from mailwright.host.appointments import COMMAND
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts
from tests.container.test_fail2ban import ALICE, JAIL, attack, attacker

LOG = "/var/log/mail/mail.log"
PROGRAM = ("python3", *COMMAND[1:])
# Writes numbered lines until a file appears; the lines are long, so that the log grows.
WRITER = """
import os, socket, time
log, number = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), 0
log.connect("/dev/log")
while not os.path.exists("/tmp/stop"):
    log.send(b"<22>numbered[1]: %d %s" % (number, b"x" * 900))
    number += 1
    time.sleep(0.0005)
print(number)
"""
WHOLE = """
import gzip
from pathlib import Path
from mailwright.host import rotation
for path in rotation.parts(Path("/var/log/mail/mail.log")):
    text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in text.decode().splitlines():
        if " numbered[1]: " in line:
            print(line.split(" numbered[1]: ")[1].split()[0])
"""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server that bans, and rotates its log at each megabyte."""
    config = {"postfix-accounts.cf": accounts(ALICE), "fail2ban-jail.cf": JAIL}
    env = {"ENABLE_FAIL2BAN": "1", "LOGROTATE_SIZE": "1M", "LOGROTATE_COUNT": "99"}
    server = lab.mailserver("example", config, env, "--cap-add", "NET_ADMIN")
    until("fail2ban", lambda: "nobody is banned" in server.run("setup", "fail2ban"))
    return server


def parts(server: Server) -> list[str]:
    """The files of the log."""
    return [name for name in server.run("ls", "/var/log/mail").split() if name.startswith("mail.log")]


def test_no_line_is_lost_or_doubled_also_when_a_rotation_is_killed(server: Server) -> None:
    command = ["docker", "exec", "-i", server.name, "python3", "-c", WRITER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        # The watching process notices the size by itself.
        until("a rotation", lambda: "mail.log.1" in parts(server))
        turns = itertools.count()
        while len(parts(server)) < 6:
            # On a slow machine some are killed before they do anything; each third one may end.
            if (turn := next(turns)) % 3 == 2:
                server.run(*PROGRAM, check=False)
            else:
                server.run("timeout", "-s", "KILL", f"{0.08 + turn % 10 / 50}", *PROGRAM, check=False)
        server.run("touch", "/tmp/stop")
        assert writer.stdout
        written = int(writer.stdout.read())
    numbers = until("all lines", lambda: all_of(server, written))
    assert [number for number, expected in zip(numbers, range(written), strict=True) if number != expected] == []
    listed = server.run("sh", "-c", f"stat -c '%n %a %U:%G' {LOG}*").splitlines()
    assert {line.partition(" ")[2] for line in listed} == {"640 root:root"}
    assert f"{LOG}.2.gz 640 root:root" in listed


def all_of(server: Server, written: int) -> list[int]:
    """The numbers in the log, once all of them have been written."""
    numbers = [int(word) for word in server.run("python3", "-c", WHOLE).split()]
    return numbers if len(numbers) >= written else []


def test_a_ban_after_a_rotation(lab: Lab, server: Server) -> None:
    guilty = attacker(lab, "guilty")
    attack(guilty, server, "imap", 2)
    server.run("sh", "-c", f"head -c 1100000 /dev/zero | tr '\\0' x | fold -w 9999 >>{LOG}")
    until("a rotation", lambda: server.run("grep", "-c", "xxx", LOG, check=False).startswith("0"))
    attack(guilty, server, "imap", 1)
    until("a ban", lambda: guilty.ip in server.run("setup", "fail2ban"))
