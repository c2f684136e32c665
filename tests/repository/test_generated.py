"""What is generated is current; ``make generated`` mends it. The golden trees have tests of their own."""

from __future__ import annotations

import pytest

from mailwright import settings
from mailwright.core.textfile import TextFile
from mailwright.formats.env_file import statements
from tests import generate
from tests.repository.source import ROOT


def test_mailserver_env() -> None:
    assert generate.ENV_FILE.read_text() == generate.env_file()


def test_settings_reference() -> None:
    assert generate.REFERENCE.read_text() == generate.reference()


def test_commands_reference() -> None:
    assert generate.COMMANDS.read_text() == generate.commands()


def test_findings_reference() -> None:
    assert generate.FINDINGS.read_text() == generate.findings()


def test_old_chain_reference() -> None:
    assert generate.OLD_CHAIN.read_text() == generate.old_chain()


def test_paths_of_the_web_server() -> None:
    assert generate.PATHS.read_text() == generate.web_paths()


def test_mailserver_env_says_nothing_by_itself() -> None:
    rows, problems = statements(TextFile("mailserver.env", generate.env_file()))
    assert problems == []
    assert [name for name, _ in rows] == list(settings.NAMES)
    assert not [name for name, value in rows if value.text]
    # Docker reads such a file line by line, without quotes or comments behind values.
    assert all(not line or line[0] == "#" or line.endswith("=") for line in generate.env_file().splitlines())


@pytest.mark.parametrize("name", settings.NAMES)
def test_every_setting_has_a_description(name: str) -> None:
    info = settings.Settings.model_fields[name.lower()]
    assert (info.description or "").endswith(".")


def test_the_reference_names_every_variable() -> None:
    text = (ROOT / "docs" / "reference" / "settings.md").read_text()
    assert [name for name in settings.KNOWN if f"`{name}`" not in text] == []


def test_checkers_reference() -> None:
    assert generate.CHECKERS.read_text() == generate.checkers()
