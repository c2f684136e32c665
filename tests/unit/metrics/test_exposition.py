"""The exposition is what Prometheus' own parser reads, and holds nothing that a label's text could add."""

from __future__ import annotations

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as of_older_text

from mailwright.metrics import exposition, families
from mailwright.metrics.counting import Counts
from mailwright.metrics.exposition import Histogram, Sample
from mailwright.metrics.families import FAMILIES, Family


def every_sample(family: Family) -> list[Sample | Histogram]:
    """A sample of ``family`` for the first value of each of its labels."""
    if family.kind == "histogram":
        return [Histogram(family.name, {1.0: 2, float("inf"): 3}, 4.5)]
    return [Sample(family.name, 7, tuple(value if isinstance(value, str) else value[0] for value in labels))
            for labels in [list(family.labels.values())]]  # fmt: skip


def parsed(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    """Name of a sample → values of its labels → value, as Prometheus' parser for OpenMetrics reads it."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):  # type: ignore[no-untyped-call]
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def test_every_family_is_read_by_the_parser() -> None:
    text = exposition.text(sample for family in FAMILIES for sample in every_sample(family))
    read = list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
    assert [(family.name, family.type, family.unit, family.documentation) for family in read] == [
        (family.full_name, family.kind, family.unit, family.meaning) for family in FAMILIES
    ]
    assert set(parsed(text)) == {name for family in FAMILIES for name in family.sample_names}


def test_the_older_format_has_the_same_samples() -> None:
    text = exposition.text(sample for family in FAMILIES for sample in every_sample(family))
    older = {sample.name for family in of_older_text(text) for sample in family.samples}
    assert older == set(parsed(text))


def test_families_come_in_the_order_of_their_declaration_and_only_with_samples() -> None:
    text = exposition.text([Sample("bans", 2), Sample("accounts", 1.5)])
    assert text.splitlines() == [
        "# TYPE mailwright_accounts gauge",
        "# HELP mailwright_accounts Accounts. Not known if they are in a directory or a database.",
        "mailwright_accounts 1.5",
        "# TYPE mailwright_bans counter",
        "# HELP mailwright_bans Addresses that fail2ban has banned.",
        "mailwright_bans_total 2",
        "# EOF",
    ]


@pytest.mark.parametrize("label", ['a"} 1\nforged 2\n#', "\\", '\\"', "ü", "\n# EOF\n", ""])
def test_no_label_ends_its_quotes(label: str) -> None:
    text = exposition.text([Sample("service_up", 1, (label,))])
    assert parsed(text) == {"mailwright_service_up": {(label,): 1.0}}


def test_a_sample_has_all_of_its_labels() -> None:
    with pytest.raises(ValueError, match="zip"):
        exposition.text([Sample("service_up", 1)])


def test_names_follow_the_conventions() -> None:
    """Base units at the end, no _total in a name, each once: https://prometheus.io/docs/practices/naming/."""
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
    for family in FAMILIES:
        assert family.kind in ("counter", "gauge", "histogram")
        assert family.unit in ("", "seconds", "bytes")
        assert family.name.endswith(f"_{family.unit}") or not family.unit
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket"))
        assert set(family.labels).isdisjoint({"le", "instance", "job"})
        assert family.meaning.endswith(".")


def test_counters_begin_at_zero_and_their_labels_are_declared() -> None:
    read = parsed(exposition.text(Counts().samples()))
    counted = {name for family in FAMILIES if family.counted for name in family.sample_names}
    assert set(read) == counted
    assert all(value == 0 for values in read.values() for value in values.values())
    assert set(read["mailwright_refused_total"]) == {(reason,) for reason in families.REFUSALS}
