from __future__ import annotations

import pytest

from mailwright.observe import dovecot


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0"), (1023, "1023"), (1024, "1.0K"), (1025, "1.1K"), (10 << 10, "10K"), (5 << 30, "5.0G"), (1 << 40, "1.0T")],
)
def test_a_size_as_numfmt_prints_it(count: int, text: str) -> None:
    assert dovecot.iec(count) == text


@pytest.mark.parametrize("stored", [None, (5, 0), (5, 10)])
def test_a_key_says_the_unit_of_its_number(stored: tuple[int, int] | None) -> None:
    assert list(dovecot.usage(stored)) == ["used_bytes", "limit_bytes", "percent"]
    assert set(dovecot.FORMATS) == {"used_bytes", "limit_bytes", "quota_bytes"}
