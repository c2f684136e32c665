from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from mailwright.apply import checks
from mailwright.core.tree import Tree
from mailwright.host.commands import Done
from mailwright.services.dovecot import DOVECOT, merged
from tests.unit.operator import mailserver, told

FOR_ALL = "mail_path = /var/mail/%d/%n"


def test_lines_of_an_included_file_are_named() -> None:
    server = mailserver({"dovecot.cf": "# mine\n!include /x/more.conf\n!include_try conf.d/*.conf\n"})
    [one] = DOVECOT.tries(server)
    assert one.command[-3:] == ("{etc}/dovecot", "/x/more.conf", "conf.d/*.conf")
    rows = ("# mine", FOR_ALL, "protocol imap {", "  mail_home = /all", "}")
    printed = "".join(f"/x/more.conf:{number}:{row}\n" for number, row in enumerate(rows, start=1))
    found = list(one.judge(server, printed)) if one.judge else []
    assert [(each.where, each.warning) for each in found] == [("/x/more.conf:2", False), ("/x/more.conf:4", False)]


def test_a_mistake_of_an_included_file_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    server = mailserver({"dovecot.cf": "!include /x/more.conf\n"})

    def run(command: Sequence[str], **_: object) -> Done:
        printed = {"doveconf": f"{FOR_ALL}\nmail_home = /all\n", "sh": f"/x/more.conf:1:{FOR_ALL}\n"}
        return Done(0, printed.get(command[0], ""), "")

    monkeypatch.setattr(checks, "run", run)
    found = checks.check(server, Tree({}), Path("/etc"), {"dovecot"})
    assert [problem.where for problem in found] == ["/x/more.conf:1", "dovecot.cf:1"]
    assert found[1].what.startswith("mail_home = /all")


def test_without_includes_nothing_is_printed() -> None:
    assert list(DOVECOT.tries(mailserver({"dovecot.cf": "ssl = required"}))) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (FOR_ALL, "/var/mail/%d/%n has variables of Dovecot 2.3"),
        ("mail_path = /var/mail", "mail_path = /var/mail is one place for all users"),
        ("auth_username_format = %Lu", "%Lu has variables of Dovecot 2.3"),
        ("mail_plugins = $mail_plugins acl", "$mail_plugins acl is Dovecot 2.3's"),
    ],
)
def test_what_dovecot_makes_of_all_files_is_judged(text: str, what: str) -> None:
    """After user-patches.sh nothing else looks at the files."""
    [problem] = merged.judged(mailserver(), f"# 2.4.1\nssl = no\n{text}\n")
    assert (problem.where, problem.warning) == ("dovecot", False)
    assert what in str(problem)
    [problem] = merged.judged(mailserver({"dovecot.cf": "\n!include /x/y.conf"}), f"{text}\n")
    assert problem.where == "dovecot.cf:2"
    assert "a file that it includes says so" in problem.what


def test_ours_is_for_each_user() -> None:
    for folder in sorted(Path("tests/scenarios").glob("*/out/etc/dovecot")):
        for path in folder.glob("*.conf"):
            assert told(merged.judged(mailserver(), path.read_text(encoding="utf-8"))) == [], path


def test_the_judge_is_asked() -> None:
    assert [one.judge for one in DOVECOT.checks] == [merged.judged]
