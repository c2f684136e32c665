"""Plan: which certificates the settings ask for, as services/watch.py renders it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from mailwright.core import paths

FILE = Path("/etc", paths.ACME_PLAN)


@dataclass(frozen=True, slots=True)
class Planned:
    """One certificate. ``optional`` names are left out until they lead to this host."""

    names: tuple[str, ...]
    optional: frozenset[str]

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Plan:
    """How certificates are ordered, and which."""

    hostname: str
    directory: str
    email: str
    key_type: str
    challenge: str
    hook: str
    authorities: str
    eab_kid: str
    orders: tuple[Planned, ...]
    digest: str
    eab_hmac_key: str = field(default="", repr=False)


def load(path: Path = FILE) -> Plan | None:
    """The Plan; None if the server gets no certificates itself."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    content = json.loads(text)
    orders = tuple(Planned(tuple(one["names"]), frozenset(one["optional"])) for one in content.pop("orders"))
    return Plan(**content, orders=orders, digest=hashlib.sha256(text.encode()).hexdigest())
