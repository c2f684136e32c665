from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.problems import (
    ConfigurationError,
    Findings,
    Problem,
    counted,
    did_you_mean,
    errors,
    shown,
    warnings,
)


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (Problem("a.cf:3", "is wrong"), "a.cf:3: is wrong"),
        (Problem("a.cf:3", "is wrong", "mend it"), "a.cf:3: is wrong (hint: mend it)"),
        (Problem("a.cf:3", "is wrong", "did you mean b?"), "a.cf:3: is wrong (did you mean b?)"),
        (Problem("a", "forged\nline\x1b[2J"), "a: forged\\nline\\x1b[2J"),
    ],
)
def test_one_line(problem: Problem, said: str) -> None:
    assert str(problem) == said


def test_errors_and_warnings() -> None:
    good, bad = Problem("a", "doubtful", "", True), Problem("b", "wrong")
    findings = Findings()
    assert findings.keep((5, [good, bad])) == 5
    assert (errors(findings), warnings(findings)) == ([bad], [good])
    assert str(ConfigurationError(findings)) == "a: doubtful\nb: wrong"
    assert (counted([bad]), counted([]), counted(findings)) == ("1 problem", "0 problems", "2 problems")


def test_shown_cuts() -> None:
    assert shown("x" * 100, 3) == "'xxx…'"


def test_did_you_mean() -> None:
    assert did_you_mean("letsencrpyt", ["letsencrypt", "manual"]) == "did you mean letsencrypt?"
    assert did_you_mean("ACME", ["acme", "manual"]) == "did you mean acme?"
    assert did_you_mean("file", ["FILE", "LDAP"]) == "did you mean FILE?"
    assert did_you_mean("zzz", ["letsencrypt", "manual"]) == ""


@given(st.text(), st.text(), st.text())
def test_a_problem_is_always_one_printable_line(where: str, what: str, hint: str) -> None:
    assert str(Problem(where, what, hint)).isprintable()
