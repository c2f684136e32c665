from __future__ import annotations

import pytest

from mailwright.core.values import Value
from mailwright.model import old_filters
from mailwright.settings import KNOWN
from tests.unit.operator import told


@pytest.mark.parametrize("name", old_filters.BECAME)
def test_each_variable_of_the_old_filters_says_what_it_does_here(name: str) -> None:
    (line,) = told(old_filters.warnings({name: Value("1", "mailserver.env:3")}))
    assert line == f"warning: mailserver.env:3: {name}: {old_filters.BECAME[name]}"
    assert name in KNOWN


def test_a_variable_without_a_value_says_nothing() -> None:
    assert told(old_filters.warnings({"SA_KILL": Value(" ", "environment"), "TZ": Value("UTC", "environment")})) == []
