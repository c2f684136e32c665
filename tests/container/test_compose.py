"""compose.yaml as a user gets it: up, healthy, the main job through published ports, down, nothing left."""

from __future__ import annotations

import imaplib
import json
import smtplib
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import IMAGE, LABEL, docker, until
from tests.container.lab import PASSWORD, Server, accounts, message, trusting

ROOT = Path(__file__).resolve().parents[2]
PORTS = (25, 587, 143, 993)
LAID_OVER = """\
services:
  mailserver:
    image: {image}
    container_name: {name}
    # Refuses at once: no resolver of the host is asked, who may answer late. A network of its own would put a resolver
    # of the engine in between, which keeps silent.
    dns: 127.0.0.1
    network_mode: bridge
    labels: ["{label}"]
    restart: "no"
    ports: !override {ports}
    volumes:
      - {folder}/mail:/var/mail
      - {folder}/state:/var/mail-state
      - {folder}/log:/var/log/mail
      - {folder}/config:/tmp/docker-mailserver
    healthcheck:
      interval: 1s
"""
# Rspamd asks a resolver that refuses again and again, for six seconds a question.
NO_PATIENCE = "dns { timeout = 0.1s; retransmits = 1; }\n"


@dataclass
class Project:
    """compose.yaml with nothing changed but its volumes and the host's ports, which the engine chooses."""

    name: str
    folder: Path

    def compose(self, *arguments: str) -> str:
        """What ``docker compose ARGUMENTS`` prints."""
        over = ("-f", str(ROOT / "compose.yaml"), "-f", str(self.folder / "over.yaml"))
        return docker("compose", "-p", self.name, "--project-directory", str(ROOT), *over, *arguments)

    def port(self, number: int) -> int:
        """The port on loopback that leads to the container's."""
        return int(self.compose("port", "mailserver", str(number)).strip().rpartition(":")[2])

    def fetched(self, text: str) -> bool:
        """Whether a mail with the text is in bob's mailbox."""
        with imaplib.IMAP4_SSL("127.0.0.1", self.port(993), ssl_context=trusting(), timeout=20) as client:
            client.login(BOB, PASSWORD)
            client.select("INBOX", readonly=True)
            return client.search(None, "TEXT", f'"{text}"')[1] != [b""]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Up, and healthy."""
    it = Project(f"mwtest-{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("compose"))
    ports = json.dumps([f"127.0.0.1::{port}" for port in PORTS])
    (it.folder / "config" / "rspamd" / "override.d").mkdir(parents=True)
    (it.folder / "config" / "rspamd" / "override.d" / "options.inc").write_text(NO_PATIENCE)
    (it.folder / "config" / "postfix-accounts.cf").write_text(accounts(ALICE, BOB))
    over = LAID_OVER.format(image=IMAGE, name=it.name, folder=it.folder, label=LABEL, ports=ports)
    (it.folder / "over.yaml").write_text(over)
    try:
        it.compose("up", "--detach", "--quiet-pull")
        server = Server(it.name, "")
        until("a healthy container", lambda: server.inspect("{{.State.Health.Status}}") == "healthy", 40)
        yield it
    finally:
        it.compose("down", "--volumes")


def test_the_file_is_valid_and_says_what_the_readme_says() -> None:
    command = ["docker", "compose", "-f", str(ROOT / "compose.yaml"), "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr == ""
    service = json.loads(done.stdout)["services"]["mailserver"]
    assert [port["target"] for port in service["ports"]] == [25, 587, 143, 993]
    assert [volume["target"] for volume in service["volumes"]] == [
        "/var/mail", "/var/mail-state", "/var/log/mail", "/tmp/docker-mailserver",
    ]  # fmt: skip
    assert service["stop_grace_period"] == "30s"


def test_a_mail_through_the_published_ports(project: Project) -> None:
    with smtplib.SMTP("127.0.0.1", project.port(587), timeout=20) as client:
        client.starttls(context=trusting())
        client.login(ALICE, PASSWORD)
        client.send_message(message(ALICE, BOB, "submitted"), ALICE, [BOB])
    with smtplib.SMTP("127.0.0.1", project.port(25), local_hostname="client.test", timeout=20) as client:
        client.send_message(message("x@outside.test", BOB, "transferred"), "", [BOB])
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("", ["y@outside.test"], "no")
    until("both mails", lambda: project.fetched("Subject: submitted") and project.fetched("Subject: transferred"))


def test_little_is_allowed_to_it(project: Project) -> None:
    server = Server(project.name, "")
    assert server.inspect("{{.HostConfig.ReadonlyRootfs}}") == "true"
    assert server.inspect("{{.HostConfig.CapDrop}}") == "[ALL]"
    assert server.inspect("{{.HostConfig.SecurityOpt}}") == "[no-new-privileges]"
    assert server.run("cat", "/proc/1/comm").strip() == "tini"
    status = dict(line.split(":\t", 1) for line in server.run("cat", "/proc/1/status").splitlines() if ":\t" in line)
    assert status["NoNewPrivs"] == "1"
    assert "Read-only file system" in server.run("touch", "/etc/new", check=False)


def test_down_leaves_nothing_and_the_mail_outlives_it(project: Project) -> None:
    with smtplib.SMTP("127.0.0.1", project.port(25), local_hostname="client.test", timeout=20) as client:
        client.send_message(message("x@outside.test", BOB, "kept"), "", [BOB])
    until("the mail", lambda: project.fetched("Subject: kept"))
    assert Server(project.name, "").stop() == 0
    project.compose("down", "--volumes")
    mine = ("--filter", f"name={project.name}")
    assert docker("ps", "-aq", *mine) + docker("network", "ls", "-q", *mine) + docker("volume", "ls", "-q", *mine) == ""
    project.compose("up", "--detach", "--quiet-pull", "--wait")
    assert project.fetched("Subject: kept")
