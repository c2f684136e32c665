"""The image in its roles, as a deployment starts them: what a node reads, and who reaches its ports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mailwright.core.textfile import TextFile
from mailwright.formats.env_file import statements
from mailwright.host.node_certificates import authority, node
from mailwright.model.building import build
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.services import PORTS
from mailwright.services.tunnel import doors
from tests.pki import pair
from tests.repository.source import ROOT
from tests.unit.operator import NOW, sources

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["mailserver"]
ROOT_CA = authority(NOW)


def variables(path: Path) -> dict[str, str]:
    """What the file of variables at ``path`` gives a container."""
    rows, problems = statements(TextFile(path.name, path.read_text()))
    assert not problems
    return {name: value.text for name, value in rows}


@cache
def node_files(role: str, names: tuple[str, ...]) -> tuple[str, str, str]:
    """CA, certificate and key of a node of ``role`` with these names."""
    return (ROOT_CA[0], *node(role, names, *ROOT_CA, NOW))


@cache
def for_clients() -> tuple[str, str]:
    """The certificate that clients see, and its key."""
    return pair("mail.example.com")


def started(environ: Mapping[str, str], files: Mapping[str, str], host: str) -> Mailserver:
    """The Mailserver of a container with these variables and secrets; a ConfigurationError if it would not start."""
    found = {path: text.encode() for path, text in files.items()}
    return build(Reading.of(replace(sources({}), environ=environ, files=found, fqdn=host)))


def for_nodes(mailserver: Mailserver) -> dict[int, str]:
    """Port → role that may reach it."""
    backend = mailserver.settings.role == "backend"
    proxied = {port.number: "front" for port in PORTS if backend and port.enabled(mailserver)}
    return {**proxied, **{door.port: door.role for door in doors(mailserver)}}


def for_world(mailserver: Mailserver) -> set[int]:
    """The ports that are open for everybody."""
    front = mailserver.settings.role == "front"
    return {port.number for port in PORTS if front and port.enabled(mailserver)}
