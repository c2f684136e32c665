"""ROUTES: every path that the web server answers. There is no other."""

from __future__ import annotations

from mailwright.model.mailserver import Mailserver
from mailwright.services.web import acme_challenge, health, mail_programs, metrics, mta_sts_policy
from mailwright.services.web.route import Route

ROUTES: tuple[Route, ...] = (
    acme_challenge.ROUTE,
    health.ROUTE,
    metrics.ROUTE,
    mta_sts_policy.ROUTE,
    *mail_programs.ROUTES,
)


def routes(mailserver: Mailserver) -> tuple[Route, ...]:
    """Those of ROUTES that this server answers."""
    return tuple(route for route in ROUTES if route.enabled(mailserver))
