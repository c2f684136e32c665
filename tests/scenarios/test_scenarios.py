"""Every scenario gives what was reviewed; ``make generated`` rewrites it, git shows the difference."""

from __future__ import annotations

import pytest

from tests.scenarios.scenario import Scenario, scenarios


@pytest.mark.parametrize("scenario", scenarios(), ids=str)
def test_golden(scenario: Scenario) -> None:
    _, files, _ = scenario.result
    assert scenario.told == scenario.golden_told
    assert sorted(files) == sorted(scenario.golden)
    for path, golden in scenario.golden.items():
        assert files[path] == golden, path
