"""Nothing is there for nobody: every setting, template, socket and path is used."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import pytest

from mailwright.core import endpoints, paths, sockets
from mailwright.core.problems import ConfigurationError
from mailwright.core.textfile import TextFile
from mailwright.model.mailserver import Mailserver
from mailwright.render.tree import render
from mailwright.settings import Settings
from tests.repository.source import PACKAGE, TEMPLATES
from tests.scenarios.scenario import rendered

CODE = {path: path.read_text() for path in (*PACKAGE.rglob("*.py"), *TEMPLATES.rglob("*.j2"))}


def code_outside(*rooms: Path) -> str:
    """The text of the package and the templates, less some of it."""
    return "\n".join(text for path, text in CODE.items() if not any(path.is_relative_to(room) for room in rooms))


@cache
def settings_in_use() -> set[str]:
    """Every name that the code reads as a setting."""
    # Settings.own_certificate reads inside the model itself; POSTMASTER_ADDRESS is read with its origin, by its name.
    code = code_outside(PACKAGE / "settings") + (PACKAGE / "settings" / "__init__.py").read_text()
    by_name = re.findall(r"values\.get\(\"([A-Z0-9_]+)\"\)", code)
    return {*re.findall(r"\b(?:settings|decided|self)\.(?=(\w+))", code), *map(str.lower, by_name)}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_used(name: str) -> None:
    assert name in settings_in_use()


NAMES = {
    "paths": [name for name in vars(paths) if name.isupper()],
    "sockets": [name for name in vars(sockets) if name.isupper()],
    "endpoints": [field.name for field in fields(endpoints.Sockets)],
}


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_every_meeting_place_is_used(names: list[str]) -> None:
    unused = [
        name for name in names if not re.search(rf"\b(paths|sockets)\.{name}\b|\{{{name}\}}", "\n".join(CODE.values()))
    ]
    assert unused == []


def is_rendered(mailserver: Mailserver, template: str) -> bool:
    """Whether ``template`` takes part: a render with a broken one fails."""
    broken = {**mailserver.templates, template: TextFile(template, "{{ nobody_defines_this }}")}
    try:
        render(replace(mailserver, templates=broken))
    except ConfigurationError:
        return True
    return False


def test_every_template_is_rendered_by_a_scenario() -> None:
    servers = [server for server, _, _ in (scenario.result for scenario in rendered()) if server]
    templates = [path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.j2")]
    assert [name for name in templates if not any(is_rendered(server, name) for server in servers)] == []
