from __future__ import annotations

import pytest

from mailwright.formats.accounts import accounts
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.sources import Unreadable
from tests.unit.operator import ACCOUNTS, refused, told


def test_each_problem_is_kept_once() -> None:
    folder = ConfigFolder({"a.cf": b"\xff", "b.cf": Unreadable("is a folder, not a file")})
    for name in ("a.cf", "b.cf", "c.cf", "a.cf", "b.cf"):
        folder.text(name)
    assert told(folder.unreadable) == ["a.cf:1: is not UTF-8 text", "b.cf: is a folder, not a file"]


def test_parsed() -> None:
    folder = ConfigFolder({"a.cf": b"bob@example.com|{X}y\nnonsense\n"})
    rows, problems = folder.parsed("a.cf", accounts)
    assert (len(rows), len(problems)) == (1, 1)
    assert folder.parsed("b.cf", accounts) == ((), ())


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("postfix-accounts.cf", []),
        ("notes.txt", []),
        ("templates/postfix/main.cf.j2", []),
        ("postfix-acounts.cf", ["warning: postfix-acounts.cf: is not a file that Mailwright reads"
                                " (did you mean postfix-accounts.cf?)"]),
        ("whitelist_recipients", []),
        ("rspamd/override.d/x.conf", []),
        ("amavis.cf", ["warning: amavis.cf: Rspamd replaces Amavis; put your settings for Rspamd into"
                       " rspamd/custom-commands.conf"]),
        ("bob@example.com.dovecot.sieve", []),
        ("fetchmail.conf", ["warning: fetchmail.conf: is not a file that Mailwright reads"
                            " (did you mean fetchmail.cf?)"]),
    ],
)  # fmt: skip
def test_files_that_nobody_reads(path: str, said: list[str]) -> None:
    config = {path: ""} if path not in ACCOUNTS else {}
    assert [line for line in refused(ACCOUNTS | config) if f"{path}: is " in line or "Amavis" in line] == said
