"""A Prometheus of Debian that scrapes a server, with our alerts."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

import yaml

from tests.container.docker import CLIENTS
from tests.container.lab import Lab, Server
from tests.repository.source import ROOT

FOLDER = "/etc/monitoring"
ALERTS = ROOT / "docs" / "assets" / "monitoring" / "alerts.yml"
ALERTS_TEST = ROOT / "tests" / "container" / "monitoring" / "alerts_test.yml"
COMMAND = ("prometheus", f"--config.file={FOLDER}/prometheus.yml", "--storage.tsdb.path=/tmp/prometheus")


@dataclass
class Prometheus:
    """Its container."""

    machine: Server

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series of an instant query, each with ``metric`` and ``value``."""
        return list(self.ask("query", query=expression)["result"])

    def numbers(self, name: str, label: str = "") -> dict[str, float]:
        """Value of ``label`` → value, for each series of the metric; those that are zero are left out."""
        rows = {row["metric"].get(label, ""): float(row["value"][1]) for row in self.query(name)}
        return {key: value for key, value in rows.items() if value}

    def ask(self, what: str, **parameters: str) -> dict[str, Any]:
        """The data of an answer of its API."""
        url = f"http://{self.machine.ip}:9090/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            data: dict[str, Any] = json.load(answer)["data"]
            return data


def prometheus(lab: Lab, server: Server, token: str) -> Prometheus:
    """A Prometheus that asks ``server`` every three seconds."""
    job = {
        "job_name": "mailwright",
        "scheme": "https",
        "authorization": {"credentials": token},
        "tls_config": {"insecure_skip_verify": True},
        "static_configs": [{"targets": [server.ip]}],
    }
    configuration = {
        "global": {"evaluation_interval": "1s"},
        "rule_files": ["alerts.yml"],
        "scrape_configs": [{**job, "scrape_interval": "3s", "scrape_timeout": "3s"}],
    }
    files = {
        "prometheus.yml": yaml.safe_dump(configuration),
        "alerts.yml": ALERTS.read_text(),
        "alerts_test.yml": ALERTS_TEST.read_text(),
    }
    folder = lab.folder(files)
    folder.chmod(0o755)
    return Prometheus(lab.container("prometheus", "-v", f"{folder}:{FOLDER}:ro", image=CLIENTS, command=COMMAND))
