from __future__ import annotations

import pytest

from mailwright.services.verdicts import ROWS, Answer, Verdict, judged, lines, verdict

E, D, W, S = Verdict.ERROR, Verdict.DOUBT, Verdict.WARNING, Verdict.SILENT


@pytest.mark.parametrize(
    ("checker", "line", "code", "expected"),
    [
        ("postconf", "postconf: fatal: invalid type field", 1, E),
        ("postconf", "postconf: warning: /x/main.cf: unused parameter: nosuch=1", 0, W),
        ("postconf", "postconf: warning: x: overriding earlier entry: a=b", 0, W),
        ("postconf", 'postconf: warning: truncated macro reference: "${x"', 1, E),
        ("postmap", "postmap: warning: cidr map /x, line 1: bad network value: skipping this rule", 0, D),
        ("doveconf", "doveconf: Warning: service anvil is lower", 0, W),
        ("rspamadm", "address resolution for fuzzy1.rspamd.com failed: Name or service not known", 0, S),
        ("fail2ban-client", "fail2ban.jailsreader: ERROR Errors in jail 'x'.", 255, D),
        ("fail2ban-client", "fail2ban: ERROR Failed during configuration: File contains no section headers.", 255, E),
        ("rspamadm", "a warning of a newer release", 0, D),
        ("doveconf", "words of a newer release", 89, E),
        ("nosuch", "words of a checker that has no row", 0, D),
    ],
)
def test_what_a_line_means(checker: str, line: str, code: int, expected: Verdict) -> None:
    assert verdict(checker, line, code) is expected


def test_a_checker_that_fails_with_warnings_alone_is_an_error() -> None:
    said = judged(Answer("postconf", ("postconf: warning: unused parameter: a=b",), 1))
    assert said[-1] == ("postconf ended with exit code 1", E)


def test_a_checker_that_fails_and_says_why_gives_no_line_more() -> None:
    said = judged(Answer("fail2ban-client", ("ERROR Errors in jail 'x'.", "ERROR: test configuration failed"), 255))
    assert said == [("ERROR Errors in jail 'x'.", D)]


def test_times_and_processes_are_left_out() -> None:
    text = "[1795719938] unbound-checkconf[864:0] fatal error: no\n"
    assert lines("unbound-checkconf", text) == ("unbound-checkconf fatal error: no",)
    text = "2026-11-26 19:05:51,735 fail2ban.configreader   [1540]: WARNING Wrong value\n\t[line  2]: 'x'\n"
    assert lines("fail2ban-client", text) == ("fail2ban.configreader: WARNING Wrong value [line  2]: 'x'",)


def test_every_row_says_why() -> None:
    assert all(row.why for row in ROWS)
    assert len({(row.checker, row.words) for row in ROWS}) == len(ROWS)
