"""A deployment of docker-mailserver whose image line alone was changed: it starts, and mail passes."""

from __future__ import annotations

import json

import pytest

from tests.container.lab import Lab, Server, accounts
from tests.scenarios.scenario import HERE, Scenario

ALICE, BOB = "alice@example.com", "bob@example.com"
STOCK, EVERYTHING = HERE / "moved" / "stock", HERE / "moved" / "everything"


@pytest.fixture(scope="module")
def moved(lab: Lab) -> Server:
    """docker-mailserver's stock mailserver.env, and a config folder with files of its pages."""
    folder = EVERYTHING / "in" / "config"
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    files["postfix-accounts.cf"] = accounts(ALICE, BOB).encode()
    del files["postfix-send-access.cf"]
    return lab.mailserver("moved", files, Scenario(STOCK).environ, hostname="mail.example.com")


def test_mail_passes(moved: Server) -> None:
    assert moved.receives(ALICE, moved.submit(BOB, "info@example.com"))


def test_the_report_agrees_with_the_daemons_tools(moved: Server) -> None:
    said = moved.run("mailwright", "check")
    assert "the configuration is fine" in said
    entries = {entry["name"]: entry["kind"] for entry in json.loads(moved.run("mailwright", "check", "--json"))}
    assert entries["postfix-main.cf"] == "taken as is"
    assert entries["whitelist_clients.local"] == "translated"
    assert entries["amavis.cf"] == entries["dhparams.pem"] == "differs"
    assert "refused" not in entries.values()


def test_the_line_that_scripts_wait_for(moved: Server) -> None:
    moved.sees("mail.example.com is up and running")


def test_the_list_of_packages(moved: Server) -> None:
    listed = json.loads(moved.run("cat", "/usr/share/mailwright/sbom.spdx.json"))["packages"]
    found = {f"{package['name']} {package['versionInfo']}" for package in listed if "externalRefs" in package}
    assert found == set(moved.run("dpkg-query", "-W", "-f", "${Package} ${Version}\n").splitlines())
