"""Starts on what an operator brings: a moved state, a restored backup, a script, few rights, an occupied state."""

from __future__ import annotations

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import IMAGE, LABEL, docker, until
from tests.container.lab import Lab, Server, accounts

STATE = "/var/mail-state"
SOCKET = "/run/redis/redis.sock"
LEARN = (
    f"mkdir {STATE}/lib-redis && redis-server --port 0 --unixsocket /tmp/r --daemonize yes --dir {STATE}/lib-redis "
    "--dbfilename dms-dump.rdb >&2 && until redis-cli -s /tmp/r set learnt yes; do sleep 0.05; done >&2 && "
    "redis-cli -s /tmp/r shutdown save && mkdir -p /var/mail/example.test/bob && chown -R 7:7 /var/mail/example.test"
)
PATCHES = """\
echo x > /etc/dovecot/conf.d/10-x.conf
echo x > /etc/amavis/conf.d/50-user
supervisorctl update
postconf -e 'smtpd_banner = $myhostname ESMTP patched'
false
"""


@pytest.fixture(scope="module")
def volumes(lab: Lab) -> tuple[str, ...]:
    """A state of docker-mailserver with what Rspamd learnt, and mail that was restored as another user."""
    options = ("-v", f"{lab.volume('state')}:{STATE}", "-v", f"{lab.volume('mail')}:/var/mail")
    docker("run", "--rm", "--label", LABEL, *options, "--entrypoint", "sh", IMAGE, "-c", LEARN)
    return options


@pytest.fixture(scope="module")
def moved(lab: Lab, volumes: tuple[str, ...]) -> Server:
    """A server on these volumes with a script that ends with an error."""
    config = {"postfix-accounts.cf": accounts(ALICE, BOB), "user-patches.sh": PATCHES}
    return lab.mailserver("moved", config, {"ENABLE_RSPAMD": "1"}, *volumes)


def test_what_was_learnt_is_there(moved: Server) -> None:
    until("Redis", lambda: moved.run("redis-cli", "-s", SOCKET, "get", "learnt") == "yes\n")
    assert f"{STATE}/lib-redis/dump.rdb is a copy of docker-mailserver's dms-dump.rdb" in moved.log()


def test_mail_of_another_owner_is_received(moved: Server) -> None:
    assert "/var/mail/example.test belonged to another user and now to 5000:5000" in moved.log()
    moved.receives(BOB, moved.submit(ALICE, BOB))


def test_a_script_that_fails_has_still_patched(moved: Server) -> None:
    log = moved.log()
    assert "mailwright: warn: user-patches.sh: ended with exit code 1; the start goes on" in log
    assert "user-patches.sh: supervisorctl update: no program runs yet" in log
    assert "user-patches.sh:1: no program of this image reads /etc/dovecot/conf.d (hint: " in log
    assert "user-patches.sh:2: no program of this image reads /etc/amavis (hint: " in log
    assert "patched" in moved.run("postconf", "smtpd_banner")


def test_one_server_on_a_state(lab: Lab, moved: Server, volumes: tuple[str, ...]) -> None:
    before = moved.run("setup", "history", "--json")
    other = lab.mailserver("other", {"postfix-accounts.cf": accounts(ALICE)}, {}, *volumes, ready=())
    until("its end", lambda: other.inspect("{{.State.Status}}") == "exited")
    assert other.inspect("{{.State.ExitCode}}") == "78"
    name = moved.inspect("{{.Id}}")[:12]
    assert f"{STATE} is in use by another mail server: 'container {name} (mail.moved.test), since " in other.log()
    assert "a mail server runs in it already" in moved.run("mailwright", "boot", check=False)
    assert moved.run("setup", "history", "--json") == before
    docker("kill", "-s", "KILL", moved.name)
    docker("start", moved.name)  # a killed container leaves no lock
    moved.wait_ready(25, 587, 993)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--user", "1000"), "container: runs as user 1000, but must start as root"),
        (("--read-only",), "volumes: /run is read-only (hint: add /run to tmpfs in compose.yaml)"),
        (("--cap-drop", "ALL"), "container: lacks the capabilities CHOWN, DAC_OVERRIDE, FOWNER, SETGID, SETUID, SYS_"),
        (("--tmpfs", "/var/mail:ro"), "volumes: /var/mail is read-only (hint: remove :ro from its mount)"),
        (("--tmpfs", f"{STATE}:size=4k"), f"volumes: {STATE} is full (hint: free some space)"),
    ],
)
def test_rights_and_volumes_that_a_start_needs(lab: Lab, options: tuple[str, ...], text: str) -> None:
    folder = lab.folder({"postfix-accounts.cf": accounts(ALICE)})
    config = ("--hostname", "mail.few.test", "-v", f"{folder}:/tmp/docker-mailserver")
    server = lab.container(f"few{next(lab.numbers)}", *config, *options, image=IMAGE)
    until("its end", lambda: server.inspect("{{.State.Status}}") == "exited")
    assert server.inspect("{{.State.ExitCode}}") == "78"
    assert f"mailwright: error: {text}" in server.log()
    assert "Traceback" not in server.log()


def test_a_config_folder_that_is_read_only(lab: Lab) -> None:
    mount = f"{lab.folder({'postfix-accounts.cf': accounts(ALICE)})}:/tmp/docker-mailserver:ro"
    base = ("run", "--rm", "--label", LABEL, "-h", "mail.fixed.test", "-v", mount, "--entrypoint", "setup", IMAGE)
    said = docker(*base, "config", "dkim", check=False)
    assert "volumes: /tmp/docker-mailserver is read-only (hint: remove :ro from its mount)" in said
    assert "Traceback" not in said
