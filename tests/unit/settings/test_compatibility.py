from __future__ import annotations

import pytest

from mailwright import settings
from mailwright.settings.compatibility import RETIRED, is_off


@pytest.mark.parametrize(
    ("name", "text", "off"),
    [
        ("ENABLE_AMAVIS", "0", True),
        ("ENABLE_AMAVIS", " off ", True),
        ("ENABLE_AMAVIS", "1", False),
        ("SA_TAG", "0", False),
    ],
)
def test_a_value_that_turns_a_feature_off(name: str, text: str, off: bool) -> None:
    assert is_off(name, text) is off


def test_a_variable_without_effect_is_not_a_setting() -> None:
    assert not set(settings.NAMES) & set(RETIRED)
