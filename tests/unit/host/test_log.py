from __future__ import annotations

import re

import pytest

from mailwright.core.problems import Problem
from mailwright.host.log import Log

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d \S+ mailwright: (.*)")


def test_lines_of_the_level_and_below(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log()
    log.level = "warn"
    log.say("info", "quiet")
    log.problems([Problem("b", "wrong"), Problem("a", "doubtful\n", "", True)])
    said = [match[1] for line in capsys.readouterr().out.splitlines() if (match := LINE.fullmatch(line))]
    assert said == ["warn: a: doubtful\\n", "error: b: wrong"]
