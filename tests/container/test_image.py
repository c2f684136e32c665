"""The image, and compose.yaml as a user gets it."""

from __future__ import annotations

import json
import smtplib
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import IMAGE, LABEL, docker, until
from tests.container.lab import Server, accounts

ROOT = Path(__file__).resolve().parents[2]
LAID_OVER = """\
services:
  mailserver:
    container_name: {name}
    labels: ["{label}"]
    restart: "no"
    ports: !override []
    volumes:
      - {folder}/mail:/var/mail
      - {folder}/state:/var/mail-state
      - {folder}/log:/var/log/mail
      - {folder}/config:/tmp/docker-mailserver
    healthcheck:
      interval: 1s
networks:
  default:
    labels: ["{label}"]
"""


def test_size_labels_and_command() -> None:
    [image] = json.loads(docker("image", "inspect", IMAGE))
    assert image["Size"] < 300_000_000
    labels = image["Config"]["Labels"]
    assert {"title", "description", "licenses", "version", "revision", "created"} <= {
        name.removeprefix("org.opencontainers.image.") for name in labels
    }
    assert image["Config"]["Entrypoint"] == ["/usr/bin/tini", "--"]
    assert set(image["Config"]["ExposedPorts"]) == {f"{port}/tcp" for port in (25, 587, 465, 143, 993, 110, 995)}


def test_the_package_is_byte_compiled_and_no_key_is_baked_in() -> None:
    said = docker(
        *("run", "--rm", "--label", LABEL, "--network", "none", IMAGE, "sh", "-c"),
        "find / -xdev -path '*mailwright*' -name '*.pyc' | wc -l; find /etc /run /var -name '*key' -type f -size +0",
    )
    count, *keys = said.split()
    assert int(count) > 30
    assert keys == []


@pytest.fixture
def composed(tmp_path: Path) -> Iterator[Server]:
    """compose.yaml with nothing changed but volumes, and ports left unpublished."""
    name = f"mwtest-{uuid.uuid4().hex[:8]}"
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "postfix-accounts.cf").write_text(accounts(ALICE, BOB))
    (tmp_path / "over.yaml").write_text(LAID_OVER.format(name=name, folder=tmp_path, label=LABEL))
    command = ["docker", "compose", "-p", name, "-f", str(ROOT / "compose.yaml"), "-f", str(tmp_path / "over.yaml")]
    try:
        subprocess.run([*command, "up", "--detach", "--quiet-pull"], check=True, capture_output=True, cwd=ROOT)
        [details] = json.loads(docker("inspect", name))
        [network] = details["NetworkSettings"]["Networks"].values()
        yield Server(name, network["IPAddress"])
    finally:
        subprocess.run([*command, "down", "--volumes"], check=False, capture_output=True, cwd=ROOT)


def test_compose_up_does_the_main_job(composed: Server) -> None:
    until("a healthy container", lambda: composed.inspect("{{.State.Health.Status}}") == "healthy")
    composed.receives(BOB, composed.submit(ALICE, BOB))
    assert composed.inspect("{{.HostConfig.ReadonlyRootfs}}") == "true"
    assert composed.inspect("{{.HostConfig.CapDrop}}") == "[ALL]"
    assert composed.run("cat", "/proc/1/comm").strip() == "tini"
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        composed.deliver("x@outside.test", "y@outside.test")
    assert composed.stop() == 0
