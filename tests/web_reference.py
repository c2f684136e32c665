"""The references of the web server: its paths and its metrics, made of their declarations."""

from __future__ import annotations

from mailwright.metrics.families import FAMILIES, Family
from mailwright.services.web.route import Route
from mailwright.services.web.routes import ROUTES


def metrics() -> str:
    """The text of docs/reference/metrics.md."""
    rows = "".join(map(_metric, FAMILIES))
    return f"""# Metrics

<!-- Generated from the metrics' declarations by `make generated`. -->

What `/metrics` answers. [Monitor the server](../how-to/monitor.md) says how to ask, and has a dashboard and alerts.

Counters begin at zero when the container starts. Each of their labels is there from the first scrape on. Times are in
seconds, sizes in bytes. No label names a user, an address or a domain of others, so that nobody can add more.

| metric | kind | labels | meaning |
|---|---|---|---|
{rows}"""


def _metric(family: Family) -> str:
    name = f"{family.full_name}_total" if family.kind == "counter" else family.full_name
    labels = "; ".join(
        f"`{label}`: {values if isinstance(values, str) else ', '.join(values)}"
        for label, values in family.labels.items()
    )
    return f"| `{name}` | {family.kind} | {labels} | {family.meaning} |\n"


def paths() -> str:
    """The text of docs/reference/web-paths.md."""
    rows = "".join(
        f"| `{route.path}` | {_hosts(route)} | {', '.join(route.methods)} | {'80, 443' if route.plain else '443'} "
        f"| {route.purpose} |\n"
        for route in ROUTES
    )
    return f"""# Paths of the web server

<!-- Generated from the table of routes by `make generated`. -->

All that the [web server](../how-to/web.md) answers with `ENABLE_WEB=1`. A path that ends with `/` stands for those
below it. Any other path is 404, any other name 421. Port 80 redirects the paths of port 443 alone to that port.

| path | names | methods | ports | answer |
|---|---|---|---|---|
{rows}"""


def _hosts(route: Route) -> str:
    """The names that answer ``route``."""
    return ", ".join("the host name" if role == "host" else f"`{role}.DOMAIN`" for role in route.roles) or "all"
