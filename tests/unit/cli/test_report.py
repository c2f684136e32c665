from __future__ import annotations

import pytest

from mailwright.cli.report import begin, since
from mailwright.core.periods import DAY, start

NOW = 1_800_000_000.0


def test_where_a_report_begins() -> None:
    today = start("daily", NOW)
    words = {"today": today, "yesterday": start("daily", today - 1), "7d": NOW - 7 * DAY, "12h": NOW - 12 * 3600}
    assert {word: begin(since(word), NOW) for word in words} == words


@pytest.mark.parametrize("word", ["", "0d", "tomorrow", "7", "1w", "99999d", "٧d"])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(ValueError, match="is not today, yesterday"):
        since(word)
