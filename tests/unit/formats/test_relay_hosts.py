from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.values import NextHop
from mailwright.formats.relay_hosts import Login, Relay, logins, relays
from tests.unit.operator import file, told

HOP = NextHop("smtp.relay.example", 587)


def test_rows_of_the_relay_map() -> None:
    text = "# comment\n@Example.com [SMTP.relay.example]:587\n\n@example.net\nBob@example.com\tmx.example:2525\n"
    found, problems = relays(file(text))
    assert problems == []
    assert found == [
        Relay("@example.com", HOP, "file.cf:2"),
        Relay("@example.net", None, "file.cf:4"),
        Relay("bob@example.com", NextHop("mx.example", 2525, mx=True), "file.cf:5"),
    ]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("example.com [smtp.example]:587", "the sender is neither @domain nor an address: it is not an address"),
        ("@exa_mple.com [smtp.example]", "the sender '@exa_mple.com' is not a domain name"),
        ("@example.com [smtp.example]:0", "the relay host of @example.com has a port"),
        ("@example.com smtp.example]:25", "the relay host of @example.com is not of the form [host]:port"),
        ("@example.com [smtp.example]:587 user:hunter2", "has more than a sender and its relay host"),
        ("@example.com user:hunter2@smtp.example", "the relay host of @example.com is not of the form"),
    ],
)
def test_a_wrong_row_of_the_relay_map(row: str, what: str) -> None:
    found, problems = relays(file(row))
    assert found == []
    assert told(problems)[0].startswith(f"file.cf:1: {what}")
    assert "hunter2" not in told(problems)[0]


def test_rows_of_the_logins() -> None:
    text = (
        "@example.com user:pass word:# $1%\n[Smtp.relay.example]:587\t\tu@x:p\nsmtp.relay.example:587 v:p\na@b.c w:p\n"
    )
    found, problems = logins(file(text))
    assert problems == []
    assert found == [
        Login("@example.com", "user:pass word:# $1%", "file.cf:1"),
        Login(HOP, "u@x:p", "file.cf:2"),
        Login(NextHop("smtp.relay.example", 587, mx=True), "v:p", "file.cf:3"),
        Login("a@b.c", "w:p", "file.cf:4"),
    ]
    assert "pass word" not in repr(found)


def test_one_row_a_sender() -> None:
    _, problems = logins(file("@a.example u:p\n@A.example v:q\n"))
    assert told(problems) == ["file.cf:2: @a.example has a login already (hint: see file.cf:1)"]
    _, problems = relays(file("@a.example\n@A.example [h]\n"))
    assert told(problems) == ["file.cf:2: @a.example has a relay host already (hint: see file.cf:1)"]


WRONG = [
    "user:hunter2 @a.example",
    "hunter2",
    "@a.example hunter2",
    "[h]:25 :hunter2",
    "@a..b u:hunter2",
    "x:hunter2@h",
]


@pytest.mark.parametrize("row", WRONG)
def test_a_wrong_login_is_named_by_its_line_only(row: str) -> None:
    found, problems = logins(file(f"\n{row}\n"))
    assert found == []
    assert told(problems)[0].startswith("file.cf:2: ")
    assert "hunter2" not in told(problems)[0]


@given(st.text(alphabet="@[]:. ab1\t", max_size=30).filter(str.strip))
def test_any_row_is_a_row_or_a_problem(row: str) -> None:
    for reader in (logins, relays):
        found, problems = reader(file(row))
        assert len(found) + len(problems) == 1
