"""The dashboard and the alerts use metrics that exist, with labels and values that they have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from mailwright.metrics.families import FAMILIES, Family
from tests.repository.source import ROOT

FOLDER = ROOT / "docs" / "assets" / "monitoring"
PAGE = ROOT / "docs" / "how-to" / "monitor.md"
RULES = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text())
METRIC = re.compile(r"(mailwright_\w+)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)(=~?)"([^"]*)"')
EVERYWHERE = {"instance", "job"}  # Prometheus adds them


def expressions() -> Iterator[str]:
    """Every query of the dashboard and of the alerts."""
    for rule in RULES:
        yield rule["expr"]
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for note in DASHBOARD["annotations"]["list"]:
        yield note["expr"]
    yield from (variable["definition"] for variable in DASHBOARD["templating"]["list"] if "definition" in variable)


def families() -> dict[str, Family]:
    return {name: family for family in FAMILIES for name in family.sample_names}


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_each_query_asks_for_what_exists(expression: str) -> None:
    uses = METRIC.findall(expression)
    assert uses or "up{" in expression
    for name, matchers in uses:
        family = families()[name]
        for label, operator, value in MATCHER.findall(matchers):
            values = family.labels.get(label, "?")
            asked = value.split("|") if operator == "=~" else [value]
            assert label in EVERYWHERE or values != "?", f"{name} has no label {label}"
            assert not isinstance(values, tuple) or set(asked) <= {*values}, f"{name}: {label}={value}"


def test_texts_use_labels_that_the_query_has() -> None:
    for rule in RULES:
        text = json.dumps(rule["annotations"])
        labels = {label for name, _ in METRIC.findall(rule["expr"]) for label in families()[name].labels}
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels | EVERYWHERE, rule["alert"]


def test_each_alert_is_on_the_page_in_its_order() -> None:
    named = re.findall(r"^\| `(Mailwright\w+)`", PAGE.read_text(), re.MULTILINE)
    assert named == [rule["alert"] for rule in RULES]


def test_each_alert_is_tried() -> None:
    tried = (ROOT / "tests" / "container" / "monitoring" / "alerts_test.yml").read_text()
    assert [rule["alert"] for rule in RULES if f'alertname="{rule["alert"]}"' not in tried] == []


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        grid: dict[str, Any] = panel["gridPos"]
        cells = {(grid["x"] + x, grid["y"] + y) for x in range(grid["w"]) for y in range(grid["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
