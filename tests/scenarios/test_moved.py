"""Deployments of docker-mailserver, unchanged but for the image: what becomes of each variable and file."""

from __future__ import annotations

import pytest

from mailwright.explain import moved
from mailwright.explain.moved import Entry, Kind
from mailwright.settings import Settings, compatibility
from tests.scenarios.scenario import HERE, Scenario
from tests.unit.operator import reading

DEPLOYMENTS = sorted((HERE / "moved").glob("*"))


def report(name: str) -> dict[str, Entry]:
    """What becomes of each name of the deployment ``name``."""
    entries = moved.entries(moved.examined(Scenario(HERE / "moved" / name).reading))
    return {entry.name: entry for entry in entries}


@pytest.mark.parametrize("folder", DEPLOYMENTS, ids=lambda folder: str(folder.name))
def test_it_starts(folder: object) -> None:
    mailserver, files, told = Scenario(HERE / "moved" / getattr(folder, "name", "")).result
    assert mailserver
    assert "postfix/main.cf" in files
    assert not [problem for problem in told if not problem.warning]


@pytest.mark.parametrize("folder", DEPLOYMENTS, ids=lambda folder: str(folder.name))
def test_every_variable_and_file_is_in_the_report(folder: object) -> None:
    name = getattr(folder, "name", "")
    scenario = Scenario(HERE / "moved" / name)
    files = {path for path in scenario.reading.sources.config if path != "rspamd"}
    assert {variable for variable, text in scenario.environ.items() if text} | files <= report(name).keys()


def test_the_stock_file() -> None:
    entries = report("stock")
    assert entries["ENABLE_IMAP"].kind is Kind.TAKEN
    assert entries["dovecot-quotas.cf"].kind is Kind.TAKEN
    assert entries["SPOOF_PROTECTION"].notes == (
        "not set: the default is 1 (docker-mailserver: 0: a login may send with any address)",
    )
    assert not [entry for entry in entries.values() if entry.kind is Kind.REFUSED]


def test_a_folder_of_everything() -> None:
    kinds = {name: entry.kind for name, entry in report("everything").items()}
    assert kinds["rspamd/override.d/greylist.conf"] is kinds["postfix-main.cf"] is Kind.TAKEN
    assert kinds["rspamd/custom-commands.conf"] is kinds["whitelist_clients.local"] is Kind.TRANSLATED
    assert kinds["fetchmail.cf"] is kinds["ENABLE_FETCHMAIL"] is Kind.TAKEN
    unused = ("README.txt", "amavis.cf", "rspamd/local.d/old.conf")
    assert {kinds[name] for name in unused} == {Kind.DIFFERS}


def test_the_defaults_that_differ_are_those_of_settings() -> None:
    names = {*compatibility.OTHER_DEFAULTS, *compatibility.OTHER_DEFAULTS_OF_LDAP}
    assert names <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("provisioner", ["FILE", "LDAP"])
def test_defaults_of_a_directory_differ_only_where_there_is_one(provisioner: str) -> None:
    entries = moved.entries(moved.examined(reading(None, ACCOUNT_PROVISIONER=provisioner)))
    named = {entry.name for entry in entries} & compatibility.OTHER_DEFAULTS_OF_LDAP.keys()
    assert named == (compatibility.OTHER_DEFAULTS_OF_LDAP.keys() if provisioner == "LDAP" else set())
