from __future__ import annotations

import pytest

from mailwright.apply.checks import cited
from mailwright.core.tree import File, Span, Tree

MAIN = File("postfix/main.cf", "a = 1\n\nmine = x\n", "postfix", spans=(Span(3, "postfix-main.cf"),))
CONF = File("dovecot/local.conf", "x\ny\n", "dovecot", spans=(Span(1, "dovecot.cf"),))
TREE = Tree.of([MAIN, CONF])


@pytest.mark.parametrize(
    ("line", "service", "said"),
    [
        (
            "postconf: fatal: /s/etc/postfix/main.cf, line 3: missing '='",
            "postfix",
            "postfix-main.cf:1: postconf: fatal: /etc/postfix/main.cf, line 3: missing '='",
        ),
        (
            "doveconf: Fatal: Error in configuration file /s/etc/dovecot/local.conf line 2: x: Unknown setting: x",
            "dovecot",
            "dovecot.cf:2: x: Unknown setting: x",
        ),
        (
            "ucl parser error: error while parsing /s/etc/dovecot/local.conf: line: 2, column: 1 - 'bad'",
            "dovecot",
            "dovecot.cf:2: ucl parser error: error while parsing /etc/dovecot/local.conf: line: 2, column: 1 - 'bad'",
        ),
        ("Error in /s/etc/dovecot/local.conf:2: no", "dovecot", "dovecot.cf:2: Error in /etc/dovecot/local.conf:2: no"),
        (
            "in /s/etc/postfix/main.cf line 1: bad",
            "postfix",
            "/etc/postfix/main.cf:1: in /etc/postfix/main.cf line 1: bad",
        ),
        ("warning: unused parameter: mine=x", "postfix", "postfix-main.cf:1: warning: unused parameter: mine=x"),
        ("something else", "postfix", "postfix: something else"),
    ],
)
def test_a_checkers_word_names_the_operators_line(line: str, service: str, said: str) -> None:
    assert str(cited(line, TREE, "/s/etc", service)) == said
