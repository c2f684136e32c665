"""Verdicts: what a line of a daemon's own checker means for a start and for a change of the running server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What follows from a line of a checker."""

    ERROR = "refused"  # the service would not run, or would put off mail
    DOUBT = "start: warning; change: refused"  # a part would not work; a change that brings it in is a mistake
    WARNING = "warning"  # everything works
    SILENT = "not shown"


@dataclass(frozen=True, slots=True)
class Row:
    """Lines of ``checker`` in which the pattern ``words`` is found, their verdict, and why."""

    checker: str
    words: str
    verdict: Verdict
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a checker said on stderr, line by line, and its exit code."""

    checker: str
    lines: tuple[str, ...]
    code: int = 0


E, D, W, S = Verdict.ERROR, Verdict.DOUBT, Verdict.WARNING, Verdict.SILENT
# The first row that fits counts.
ROWS = (
    Row("postconf", "fatal:", E, "no program of Postfix starts"),
    Row(
        "postconf", "truncated macro reference|missing '}'|missing '='", E, "programs of Postfix end when they read it"
    ),
    Row("postconf", 'unsupported dictionary type|open ".*" configuration', E, "all mail would be put off"),
    Row(
        "postconf",
        r"unused parameter: (mailwright|dms|mua)_\w+_restrictions",
        S,
        "a list of ours that an edit replaced",
    ),
    Row("postconf", "unused parameter", W, "Postfix ignores names that it does not know"),
    Row("postconf", "will be removed", W, "an old name, which still works"),
    Row("postconf", "overriding earlier entry", W, "the last value counts"),
    Row("postmap", "fatal:|error:|is unavailable", E, "the table cannot be opened: all mail would be put off"),
    Row("postmap", "unsupported dictionary type", E, "all mail would be put off"),
    Row("postmap", "skipping this rule|ignoring unrecognized request", D, "one rule is left out, the others count"),
    Row(
        "postmap", r"(regexp|pcre) map .*(Unmatched|error in regex|ENDIF)", D, "one rule is left out, the others count"
    ),
    Row("postmap", "no replacement text", W, "an empty text, as Postfix takes it"),
    Row("postmap", "duplicate entry", W, "the first row counts"),
    Row("postmap", "expected format: key whitespace value", W, "the row is left out"),
    Row("postmap", 'record is in "key: value" format', W, "the row is found under its key with the colon"),
    Row("postmap", "must not start with whitespace", W, "the row is left out"),
    Row("postalias", "fatal:|error:", E, "local aliases would not work"),
    Row("postalias", "duplicate entry", W, "the first row counts"),
    Row("postalias", "need name:value pair", W, "the row is left out"),
    Row("doveconf", "(Fatal|Error|Panic):", E, "Dovecot does not start"),
    Row("doveconf", "Warning:", W, "Dovecot starts, and says it at its start too"),
    Row("sievec", "error:|Fatal:", E, "the script would not run"),
    Row("sievec", "warning:", W, "the script runs"),
    Row("rspamadm", "parse error|cannot init|cannot parse (bind line|composite)", E, "Rspamd does not start"),
    Row("rspamadm", "address resolution for .* failed", S, "the check has no network"),
    Row("rspamadm", "cannot read servers definition", S, "the check has no network"),
    Row("rspamadm", "cannot parse resolv.conf", S, "the check has no network"),
    Row("rspamadm", "cannot open a temp file", S, "there is no state yet"),
    Row("rspamadm", "cannot register delayed dependency", S, "the rule is of a module that is switched off"),
    Row("rspamadm", "cannot add rule|does not exist", D, "one rule is left out, the others count"),
    Row("rspamadm", "unknown element in", D, "Rspamd ignores names that it does not know"),
    Row("rspamadm", "invalid regexp|[Cc]ouldn?t create expression", D, "one rule is left out, the others count"),
    Row("rspamadm", "has no score registered", D, "the symbol does not count"),
    Row("fail2ban-client", "test configuration failed", S, "the lines before say why"),
    Row("fail2ban-client", "Failed during configuration|Init of command line", E, "fail2ban does not start"),
    Row("fail2ban-client", "Found no accessible config files|Unable to read", D, "the jail is left out"),
    Row("fail2ban-client", "Errors in jail|Invalid action definition", D, "the jail is left out, the others ban"),
    Row("fail2ban-client", "WARNING", W, "fail2ban takes its default"),
    Row("unbound-checkconf", "(fatal )?error:|failed:", E, "the resolver does not start"),
    Row("unbound-checkconf", "[Ww]arning:|No such file or directory$", W, "the resolver starts"),
    Row("fetchmail", "syntax error", E, "fetchmail does not start"),
    Row("fetchmail", "warning:|mistake", W, "fetchmail fetches, and says it at its start too"),
    Row("nginx", "test failed", S, "the lines before say why"),
    Row("nginx", r"\[(emerg|alert|crit|error)\]", E, "the web server does not start"),
    Row("nginx", r"\[(warn|notice)\]", W, "the web server starts"),
    Row("rsyslogd", "rsyslogd: version|End of config", S, "said of every configuration"),
    Row("rsyslogd", "error during parsing|could not load module|run failed", E, "nothing would be logged"),
)


STAMP = re.compile(
    r"^\d{4}/\d\d/\d\d [\d:]+ (?=\[)|(?<=\] )\d+#\d+: |"  # nginx
    r"^\[\d+\] |(?<=unbound-checkconf)\[\d+:\d+\]|^[\d-]+ [\d:,]+ (?=fail2ban)|(?<=\w)\s+\[\d+\](?=: [A-Z]+ )"
)


def verdict(checker: str, line: str, code: int = 0) -> Verdict:
    """What ``line`` of ``checker`` means. An unknown line is an error if the checker failed, with its exit ``code``."""
    for row in ROWS:
        if row.checker == checker and re.search(row.words, line):
            return row.verdict
    return E if code else D


def lines(checker: str, text: str) -> tuple[str, ...]:
    """The different lines of ``text``, without the time and the process; fail2ban continues on the next line."""
    found: list[str] = []
    for line in text.splitlines():
        if checker == "fail2ban-client" and found and not STAMP.match(line):
            found[-1] += f" {line.strip()}"
        elif line.strip():
            found.append(" ".join(STAMP.sub("", line).split()) if STAMP.search(line) else line)
    return tuple(dict.fromkeys(found))


def judged(answer: Answer) -> list[tuple[str, Verdict]]:
    """Each line of ``answer`` that is shown with its verdict; a checker that failed without a reason gives a line."""
    lines = [(line, verdict(answer.checker, line, answer.code)) for line in answer.lines]
    if answer.code and not any(each in (E, D) for _, each in lines):
        line = f"{answer.checker} ended with exit code {answer.code}"
        lines.append((line, verdict(answer.checker, line, answer.code)))
    return [(line, each) for line, each in lines if each is not S]
