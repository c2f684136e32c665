"""What a test does not depend on: the day, and the seed of another."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.repository.source import ROOT, name, python_files

# As a mail has it (RFC 5322, section 3.3): a date that is written down ages, and Rspamd marks mail that is old.
WRITTEN_DATE = re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [ \d]\d? ?[A-Z][a-z]{2} \d{4}\b")
CLOCK = ROOT / "tests" / "clock.py"
OURS = [it for it in python_files() if not it.is_relative_to(ROOT / "target")]
TESTS = [it for it in OURS if it.is_relative_to(ROOT / "tests") and it != CLOCK]
PRESENT = {"now", "today", "utcnow"}  # of datetime and date


@pytest.mark.parametrize("path", OURS, ids=name)
def test_no_mail_has_a_written_date(path: Path) -> None:
    assert WRITTEN_DATE.findall(path.read_text()) == []


def asked_days(path: Path) -> list[str]:
    """Where a file asks the machine what day it is."""
    calls = [it.func for it in ast.walk(ast.parse(path.read_text())) if isinstance(it, ast.Call)]
    asked = [(it.value.id, it.attr) for it in calls if isinstance(it, ast.Attribute) and isinstance(it.value, ast.Name)]
    return [".".join(it) for it in asked if it[0] in ("datetime", "date") and it[1] in PRESENT]


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_the_day_is_the_suites(path: Path) -> None:
    assert asked_days(path) == []


def test_a_written_date_is_found() -> None:
    assert WRITTEN_DATE.search("Date: " + ", ".join(("Mon", "23 Nov 2026 10:00:00 +0000")))
