"""Traefik's ``acme.json``: the certificates of its resolvers."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mailwright.core.problems import Problem


@dataclass(frozen=True, slots=True)
class AcmeCertificate:
    """One certificate of the store: its names, in lower case, and PEM texts."""

    names: tuple[str, ...]
    chain: str
    key: str = field(repr=False)


def acme_certificates(text: str, where: str) -> tuple[list[AcmeCertificate], list[Problem]]:
    """Every certificate in ``acme.json`` (Traefik 1, 2 and 3), and the Problems of the file."""
    try:
        store = json.loads(text)
    except (ValueError, RecursionError):
        return [], [Problem(where, "is not JSON")]
    parsed, problems = [], []
    for entry in _entries(store):
        domain = _lower(entry.get("domain"))
        names = [domain.get("main"), *_list(domain.get("sans"))]
        try:
            chain, key = (base64.b64decode(entry[part], validate=True).decode() for part in ("certificate", "key"))
        except (KeyError, TypeError, ValueError):
            problems.append(Problem(where, f"the certificate for {domain.get('main')} is not readable", "", True))
            continue
        parsed.append(AcmeCertificate(tuple(str(name).lower() for name in names if name), chain, key))
    return parsed, problems


def _entries(store: Any) -> Iterator[dict[str, Any]]:
    """Entries of all resolvers; Traefik 1 has one list at the top level and keys in other case."""
    stores = [store, *store.values()] if isinstance(store, dict) else []
    for resolver in stores:
        entries = _list(_lower(resolver).get("certificates"))
        yield from (_lower(entry) for entry in entries if isinstance(entry, dict))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _lower(mapping: Any) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in mapping.items()} if isinstance(mapping, dict) else {}
