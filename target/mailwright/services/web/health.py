"""/health: whether the mail server works, for load balancers."""

from __future__ import annotations

from mailwright.services.web.route import Application, Route

ROUTE = Route(
    "/health",
    "`healthy` with 200, or `unhealthy` with 503, for load balancers",
    Application("health"),
    plain=True,
    logged=False,  # it is asked every few seconds
)
