from __future__ import annotations

import pytest

from mailwright import settings
from mailwright.settings.compatibility import NOT_YET, RETIRED, is_off


@pytest.mark.parametrize(
    ("name", "text", "off"),
    [
        ("PFLOGSUMM_TRIGGER", "none", True),
        ("LOGROTATE_COUNT", "0", False),
    ],
)
def test_a_value_that_turns_an_unsupported_feature_off(name: str, text: str, off: bool) -> None:
    assert name in NOT_YET
    assert is_off(name, text) is off


def test_a_variable_without_effect_is_not_a_setting() -> None:
    assert not set(settings.NAMES) & (NOT_YET | set(RETIRED))
    assert not NOT_YET & set(RETIRED)
