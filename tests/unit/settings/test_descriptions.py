"""What mailserver.env and the reference page say about each setting."""

from __future__ import annotations

import pytest
from pydantic.fields import FieldInfo

from mailwright.settings import SECTIONS, fields

FIELDS = [pytest.param(info, id=name) for section in SECTIONS for name, info in fields(section)]


@pytest.mark.parametrize("info", FIELDS)
def test_a_description_is_a_few_sentences_on_one_line(info: FieldInfo) -> None:
    description = info.description or ""
    assert description.endswith(".")
    assert description.isprintable()
    assert "|" not in description  # it would end the cell of the reference's table
    assert description.count(". ") <= 2
    assert len(description) <= 250
