"""make bench --compare: a run against a stored one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.regression import changes, lines, other_machine, stored

MACHINE = {"processor": "a", "cpus": 2, "kernel": "6", "docker": "20"}


def run(**values: tuple[float, float]) -> dict[str, Any]:
    """A run with ``key=(bare, mailwright)``."""
    measures = {
        key: {"median": {"bare": bare, "mailwright": ours}, "compared": ours / bare}
        for key, (bare, ours) in values.items()
    }
    return {"machine": MACHINE, "measures": measures}


def test_only_cpu_time_is_judged_and_the_machine_is_taken_out() -> None:
    before = run(spread_rate=(100, 90), spread_cpu=(8, 9), recipients_cpu=(2, 2.5), submission_cpu=(10, 10))
    # Everything takes a third longer: the machine. Mail to several recipients takes longer still.
    now = run(spread_rate=(70, 30), spread_cpu=(12, 13.5), recipients_cpu=(3, 4.5), submission_cpu=(15, 16))
    found = {change.row.key: change for change in changes(before, now, "mailwright")}
    assert [key for key, change in found.items() if change.is_worse] == ["recipients_cpu"]
    assert found["spread_cpu"].ratio == pytest.approx(1)
    assert found["recipients_cpu"].ratio == pytest.approx(1.2)
    [marked] = [line for line in lines(list(found.values())) if "MORE CPU TIME" in line]
    assert "CPU time a delivery" in marked
    assert "2.5" in marked
    assert "4.5" in marked
    assert "+20.0 %" in marked


def test_a_measure_without_a_bare_server_is_compared_as_it_is() -> None:
    one = {"machine": MACHINE, "measures": {"rcpt_LDAP_cpu_ratio": {"median": {"mailwright": 1.4}, "compared": None}}}
    two = {"machine": MACHINE, "measures": {"rcpt_LDAP_cpu_ratio": {"median": {"mailwright": 1.6}, "compared": None}}}
    [change] = changes(one, two, "mailwright")
    assert change.is_worse
    assert not changes(two, one, "mailwright")[0].is_worse
    assert changes(run(), two, "mailwright") == []


def test_runs_of_other_machines_and_other_files(tmp_path: Path) -> None:
    other = run() | {"machine": MACHINE | {"cpus": 8}}
    assert other_machine(run(), run()) == ""
    assert other_machine(other, run()) == "cpus: 8, now 2"
    path = tmp_path / "run.json"
    path.write_text(json.dumps(run()))
    assert stored(path) == run()
    for text in ("", "[]", "{}", '{"measures": []}'):
        path.write_text(text)
        with pytest.raises(ValueError, match=r"run\.json is not the JSON of a run"):
            stored(path)
