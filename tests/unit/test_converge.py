from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright.converge import apply, cited, read, write
from mailwright.tree import File, Span, Tree

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


def test_written_and_applied(tmp_path: Path) -> None:
    staged, etc = tmp_path / "staged", tmp_path / "etc"
    for name in ("postfix/gone", "postfix/main.cf", "other/stays"):
        (etc / name).parent.mkdir(parents=True, exist_ok=True)
        (etc / name).write_text("old")
    staged_table = staged / "postfix" / "virtual.lmdb"
    staged_table.parent.mkdir(parents=True)
    staged_table.write_text("table")
    write(TREE, etc, owned=False)
    me = f"{os.getuid()}:{os.getgid()}"
    owned = Tree.of(replace(it, mode=0o640, owner=me) for it in TREE.values())
    apply(owned, staged, etc)
    assert read(etc, TREE) == {path: file.content for path, file in TREE.items()}
    assert (etc / "postfix" / "virtual.lmdb").read_text() == "table"
    assert (etc / "other" / "stays").exists()
    assert not staged.exists()
    assert (etc / "postfix" / "main.cf").stat().st_mode & 0o777 == 0o640
