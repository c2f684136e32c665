"""Scenarios: what an operator gives (NAME/in) → the files that the daemons read (NAME/out) and what is told.

``in/env`` are the container's variables, ``in/config`` is the config folder, ``in/root`` holds what lies elsewhere, by
absolute path, and ``in/machine.json`` changes the machine below. ``out/etc`` is the rendered tree; a scenario without
it is refused. ``told.txt`` is what the operator reads.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Problem
from mailwright.host import read
from mailwright.model import certificates
from mailwright.model.building import build
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.model.sources import Content, Interface, Sources
from mailwright.model.variables import statements, variables
from mailwright.render.tree import render

HERE = Path(__file__).resolve().parent
THROW_AWAY = HERE / "throw-away-certificate"  # the one in the state, where a scenario brings none
MACHINE: Mapping[str, Any] = {
    "fqdn": "mail.example.com",
    "interfaces": {"lo": "127.0.0.1/8", "eth0": "172.18.0.2/16"},
    "gateways": ["172.18.0.1"],
    "now": "2026-06-01T12:00:00+00:00",
}


@dataclass(frozen=True)
class Scenario:
    """One folder of tests/scenarios."""

    folder: Path

    def __str__(self) -> str:
        return self.folder.name

    @cached_property
    def machine(self) -> Mapping[str, Any]:
        """What only the machine knows."""
        own = self.folder / "in" / "machine.json"
        return {**MACHINE, **(json.loads(own.read_text()) if own.exists() else {})}

    @cached_property
    def environ(self) -> Mapping[str, str]:
        """The variables of ``in/env``, as Docker reads such a file."""
        file = self.folder / "in" / "env"
        lines = file.read_text().splitlines() if file.exists() else []
        pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
        return {name: text for name, _, text in pairs}

    @cached_property
    def reading(self) -> Reading:
        """What host.read() would have found in the container."""
        config = self.folder / "in" / "config"
        seen = Sources(
            environ=self.environ,
            config=read.read_folder(config),
            templates=read.read_templates(config / "templates"),
            fqdn=self.machine["fqdn"],
            interfaces=tuple(Interface(name, IPv4Interface(net)) for name, net in self.machine["interfaces"].items()),
            gateways=tuple(map(IPv4Address, self.machine["gateways"])),
            capabilities=int(self.machine.get("capabilities", 0)),
            timezones=frozenset({"Europe/Berlin"}),
            now=datetime.fromisoformat(self.machine["now"]),
        )
        stated = statements(seen)
        secrets = {path: self._content(path) for path in stated.secrets().values()}
        reading = Reading(seen, variables(stated, secrets))
        wanted = read.wanted_paths(reading, self.folder / "in" / "root")
        return reading.with_files(secrets | {path: self._content(path) for path in wanted})

    def _content(self, path: str) -> Content:
        """The file that lies at an absolute ``path`` in this scenario's container."""
        if path.startswith(f"{paths.CONFIG}/"):
            return read.read_file(self.folder / "in" / "config" / path.removeprefix(f"{paths.CONFIG}/"))
        own = self.folder / "in" / "root" / path.lstrip("/")
        return read.read_file(
            own if own.exists() or path not in certificates.OWN.all() else THROW_AWAY / Path(path).name
        )

    @cached_property
    def result(self) -> tuple[Mailserver | None, dict[str, str], list[Problem]]:
        """The Mailserver and its files by path, or nothing when it is refused; and what is told."""
        try:
            mailserver = build(self.reading)
            files = {path: file.content for path, file in render(mailserver).items()}
        except ConfigurationError as error:
            return None, {}, list(error.problems)
        return mailserver, files, list(mailserver.warnings)

    @property
    def told(self) -> str:
        """What the operator reads, one line a Problem, errors last."""
        problems = sorted(self.result[2], key=lambda problem: not problem.warning)
        return "".join(f"{'warning: ' if it.warning else ''}{it}\n" for it in problems)

    @property
    def golden(self) -> dict[str, str]:
        """The reviewed files by path below /etc."""
        etc = self.folder / "out" / "etc"
        return {path.relative_to(etc).as_posix(): path.read_text() for path in etc.rglob("*") if path.is_file()}

    @property
    def golden_told(self) -> str:
        """The reviewed words."""
        file = self.folder / "told.txt"
        return file.read_text() if file.exists() else ""

    def rewrite(self) -> None:
        """What comes out now is what is expected from now on."""
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        (self.folder / "told.txt").unlink(missing_ok=True)
        for path, content in self.result[1].items():
            file = self.folder / "out" / "etc" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        if self.told:
            (self.folder / "told.txt").write_text(self.told)


def scenarios() -> list[Scenario]:
    """Every scenario, by name."""
    return [Scenario(folder.parent) for folder in sorted(HERE.glob("*/in"))]


def rendered() -> list[Scenario]:
    """The scenarios that become a configuration."""
    return [scenario for scenario in scenarios() if (scenario.folder / "out").is_dir()]
