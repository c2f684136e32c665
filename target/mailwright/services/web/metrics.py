"""/metrics: the server's numbers, for monitoring."""

from __future__ import annotations

from dataclasses import asdict

from mailwright.model.mailserver import Mailserver
from mailwright.services.web.route import Application, Route


def is_on(mailserver: Mailserver) -> bool:
    """Whether anybody may read them."""
    return bool(mailserver.web and mailserver.web.metrics)


def part(mailserver: Mailserver) -> dict[str, object]:
    """Who may read them."""
    metrics = mailserver.web and mailserver.web.metrics
    return asdict(metrics) if metrics else {}


ROUTE = Route(
    "/metrics",
    "the server's numbers, for monitoring (`METRICS_TOKEN`, `METRICS_NETWORKS`)",
    Application("metrics", part),
    methods=("GET",),
    logged=False,  # it is asked every few seconds
    enabled=is_on,
)
