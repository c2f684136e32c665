"""Starts on what an operator brings: few rights, an occupied state. test_moved.py has what comes from elsewhere."""

from __future__ import annotations

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import IMAGE, LABEL, docker, until
from tests.container.lab import Lab, accounts

STATE = "/var/mail-state"


def test_one_server_on_a_state(lab: Lab) -> None:
    config, volume = {"postfix-accounts.cf": accounts(ALICE)}, ("-v", f"{lab.volume('state')}:{STATE}")
    server = lab.mailserver("first", config, {}, *volume)
    before = server.run("setup", "history", "--json")
    other = lab.mailserver("other", config, {}, *volume, ready=())
    until("its end", lambda: other.inspect("{{.State.Status}}") == "exited")
    assert other.inspect("{{.State.ExitCode}}") == "78"
    name = server.inspect("{{.Id}}")[:12]
    assert f"{STATE} is in use by another mail server: 'container {name} (mail.first.test), since " in other.log()
    assert "a mail server runs in it already" in server.run("mailwright", "boot", check=False)
    assert server.run("setup", "history", "--json") == before
    docker("kill", "-s", "KILL", server.name)
    docker("start", server.name)  # a killed container leaves no lock
    server.wait_ready(25, 587, 993)


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


def test_a_start_with_too_little_says_so_and_serves(lab: Lab) -> None:
    memory, files = ("--memory", "96m", "--memory-swap", "96m"), ("--ulimit", "nofile=512:512")
    config = {"postfix-accounts.cf": accounts(ALICE)}
    server = lab.mailserver("little", config, {}, *memory, "--pids-limit", "300", *files)
    log = server.log()
    assert "container: has 96 MB of memory, but its services need about 110 MB" in log
    assert "container: may have 300 processes, but its services may start 18" in log
    assert "container: has 512 open files for a process, but Dovecot may need 4096" in log
    server.receives(ALICE, server.submit(ALICE, ALICE))
