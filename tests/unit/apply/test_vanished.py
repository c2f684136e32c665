from __future__ import annotations

from collections.abc import Mapping

import pytest

from mailwright.apply.vanished import certificates, filled, problems
from mailwright.model.reading import Reading
from mailwright.model.sources import Content, Sources, Unreadable
from tests.unit.operator import mailserver, told

ACCOUNTS = "postfix-accounts.cf"
BEFORE: dict[str, Content] = {
    ACCOUNTS: b"# ours\nalice@example.com|x\n",
    "postfix-virtual.cf": b"a@b.c d@e.f\n",
    "dovecot.cf": b"x = y\n",
}


def reading(config: Mapping[str, Content] | None = None) -> Reading:
    return Reading.of(Sources(config=config or {}))


def test_files_with_rows() -> None:
    assert filled(reading(BEFORE | {"postfix-regexp.cf": b"# none\n\n"})) == (ACCOUNTS, "postfix-virtual.cf")
    assert filled(reading()) == ()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (None, "is no longer there"),
        (b"", "has no rows any more"),
        (b"# our accounts\n \n", "has no rows any more"),
        (Unreadable("cannot be read"), "cannot be read"),
    ],
)
def test_a_file_that_vanishes_is_named(content: bytes | Unreadable | None, what: str) -> None:
    config = {**BEFORE, ACCOUNTS: content} if content is not None else {"postfix-virtual.cf": b"a@b.c d@e.f"}
    before = filled(reading(BEFORE))
    [problem] = told(problems(before, reading(config), ()))
    assert problem == f"{ACCOUNTS}: {what} (hint: put it back; if you mean it, leave one line in it: # none)"


def test_all_of_them_with_a_lost_mount() -> None:
    before = filled(reading(BEFORE))
    assert [problem.where for problem in problems(before, reading(), ())] == [ACCOUNTS, "postfix-virtual.cf"]


def test_a_wish_is_no_mistake() -> None:
    before = filled(reading(BEFORE))
    emptied = reading(BEFORE | {ACCOUNTS: b"# none\n"})
    assert problems(before, emptied, ()) == []
    assert problems(before, reading(BEFORE | {ACCOUNTS: b""}), {ACCOUNTS}) == [], "setup email del"
    assert problems((), reading(), ()) == []


def test_a_certificate_that_was_served_must_not_vanish() -> None:
    name, other = "mail.example.org", "mail.example.net"
    server = mailserver(SSL_SNI_DOMAINS=f"{name},{other}")
    assert [text for text in told(certificates([name], server)) if not text.startswith("warning: ")] == [
        f"environment: SSL_SNI_DOMAINS: {name} would lose its certificate "
        "(hint: put it back, or take the name out of the list)"
    ]
    assert any(f"no certificate for {name}" in text for text in told(certificates([name], server)))
    assert certificates([], server) == [], "a start, or a new name"
    assert certificates([name], mailserver(SSL_SNI_DOMAINS=other)) == [], "the name is not in the list any more"
