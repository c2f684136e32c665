"""What runs: supervisord's services, the running configuration, the sessions of users, open connections, volumes."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from mailwright import __version__
from mailwright.metrics.exposition import Sample
from mailwright.metrics.families import SESSION_SERVICES
from mailwright.observe.open_connections import TABLES, open_connections


def services(states: Iterable[Mapping[str, Any]]) -> Iterator[Sample]:
    """Samples of what supervisord says of its programs (getAllProcessInfo)."""
    for state in states:
        yield Sample("service_up", int(state["statename"] == "RUNNING"), (state["name"],))
        if state["statename"] == "RUNNING":
            yield Sample("service_start_timestamp_seconds", state["start"], (state["name"],))


def configuration(outcome: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Sample]:
    """Samples of the ``outcome`` of the last pass, and of what that pass knew."""
    yield Sample("build_info", 1, (__version__,))
    yield Sample("configuration_ok", int(not outcome["problems"]))
    yield Sample("configuration_problems", len(outcome["problems"]))
    yield Sample("configuration_warnings", len(outcome["warnings"]))
    yield Sample("configuration_generation", outcome["generation"])
    if outcome["applied_at"]:
        applied = datetime.fromisoformat(outcome["applied_at"]).timestamp()
        yield Sample("configuration_applied_timestamp_seconds", applied)
    for name in ("accounts", "aliases", "domains"):
        if facts[name] is not None:
            yield Sample(name, facts[name])
    for one in facts["certificates"]:
        labels = (one["name"], one["use"])
        yield Sample("certificate_expiry_timestamp_seconds", one["expires"], labels)
        yield Sample("certificate_self_signed", int(one["self_signed"]), labels)


def sessions(listing: str) -> Iterator[Sample]:
    """Samples of the rows of ``doveadm -f tab who``: user, connections, service and more."""
    counts: Counter[str] = Counter()
    for row in listing.splitlines()[1:]:
        _, many, service, *_ = row.split("\t")
        counts[service] += int(many)
    for service in SESSION_SERVICES:
        yield Sample("sessions", counts[service], (service,))


def connections(ports: Mapping[str, str], tables: Iterable[str] = TABLES) -> Iterator[Sample]:
    """Samples of the kernel's tables: ``ports`` is number → name of the ports that are open here."""
    counts = open_connections(tables)
    for number, name in ports.items():
        yield Sample("connections", counts[int(number)], (name,))


def volumes(places: Mapping[str, str]) -> Iterator[Sample]:
    """Samples of the file systems of ``places``, volume → path. What is reserved for root is not free (statvfs(3))."""
    for volume, path in places.items():
        status = os.statvfs(path)
        yield Sample("volume_size_bytes", status.f_blocks * status.f_frsize, (volume,))
        yield Sample("volume_free_bytes", status.f_bavail * status.f_frsize, (volume,))
        if status.f_files:
            yield Sample("volume_inodes", status.f_files, (volume,))
            yield Sample("volume_inodes_free", status.f_favail, (volume,))
