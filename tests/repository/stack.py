"""The stack of deploy/swarm as Docker gets it, and what a task of it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.repository.roles import variables
from tests.repository.source import ROOT

FOLDER = ROOT / "deploy" / "swarm"
FILES = ("stack.yaml", "databases.yaml")


def _read(name: str) -> dict[str, Any]:
    """A file with the defaults of its variables."""
    text = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", (FOLDER / name).read_text())
    found: dict[str, Any] = yaml.safe_load(text)
    return found


_PARTS = [_read(name) for name in FILES]


def _together(part: str) -> dict[str, Any]:
    """What all files have in ``part``; no name is in two of them."""
    found = [(name, value) for each in _PARTS for name, value in each.get(part, {}).items()]
    assert len(dict(found)) == len(found)
    return dict(found)


SERVICES, NETWORKS, VOLUMES, SECRETS = map(_together, ("services", "networks", "volumes", "secrets"))


@dataclass(frozen=True)
class Tasks:
    """The tasks of one service."""

    name: str
    service: dict[str, Any]

    @property
    def role(self) -> str:
        """What they do; nothing for a database."""
        return str(self.service["environment"].get("ROLE", "")) if "environment" in self.service else ""

    @property
    def deploy(self) -> dict[str, Any]:
        """How they are spread and updated."""
        found: dict[str, Any] = self.service["deploy"]
        return found

    @property
    def slots(self) -> range:
        """Their numbers."""
        return range(1, self.deploy["replicas"] + 1)

    @property
    def networks(self) -> set[str]:
        """The names of their networks."""
        return set(self.service["networks"])

    @property
    def volumes(self) -> dict[str, str]:
        """Path in the container → name of its volume; empty if it goes with the task."""
        mounts = self.service["volumes"]
        return {each["target"]: each.get("source", "") for each in mounts if each["type"] == "volume"}

    @property
    def in_memory(self) -> dict[str, bool]:
        """Path of each tmpfs → whether it is read-only. Swarm knows a tmpfs as a volume only."""
        assert "tmpfs" not in self.service
        mounts = self.service["volumes"]
        return {each["target"]: each.get("read_only", False) for each in mounts if each["type"] == "tmpfs"}

    def environ(self, slot: int) -> dict[str, str]:
        """The variables of a task."""
        found = {
            name: value for file in self.service["env_file"] for name, value in variables(FOLDER / file).items()
        } | self.service["environment"]
        return {name: _of_slot(value, slot) for name, value in found.items()}

    def host(self, slot: int) -> str:
        """The host name of a task."""
        return _of_slot(self.service["hostname"], slot)

    def secrets(self) -> Iterator[tuple[str, str]]:
        """Name of the secret in the stack, and its path in the container."""
        for each in self.service.get("secrets", ()):
            yield each["source"], f"/run/secrets/{each['target']}"


def _of_slot(text: str, slot: int) -> str:
    found = text.replace("{{.Task.Slot}}", str(slot))
    assert "{{" not in found
    return found


ALL = {name: Tasks(name, service) for name, service in SERVICES.items()}
NODES = {name: tasks for name, tasks in ALL.items() if tasks.role}
