"""The reference of the metrics, made of their declarations."""

from __future__ import annotations

from mailwright.metrics.families import FAMILIES, Family


def text() -> str:
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
