from __future__ import annotations

import inspect

import pytest

from mailwright.model import building, mailserver
from tests.unit.operator import ACCOUNTS, inputs


def test_every_part_sees_one_reading() -> None:
    found = inputs(ACCOUNTS, TLS_LEVEL="intermediate")
    assert found.settings.tls_level == "intermediate"
    assert found.variables.origin("TLS_LEVEL") == "environment"
    assert found.sources is found.reading.sources
    assert sorted(found.directory.domains) == ["example.com"]


@pytest.mark.parametrize("name", building.PARTS)
def test_every_part_has_one_form(name: str) -> None:
    part = building.PARTS[name]
    assert list(inspect.signature(part).parameters) == ["inputs"]
    _, problems = part(inputs(ACCOUNTS))
    assert list(problems) == [problem for problem in problems if problem.warning]
    assert name in mailserver.Mailserver.__dataclass_fields__
