from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.formats.fetchmail import parse
from tests.unit.operator import file, told

TEXT = """# set nothing
set postmaster "x"
defaults proto imap ssl # poll
poll 'imap.example.net' with user "set" password poll is 'a@b.c'
  folder skip
server other proto pop3 user bob there pass 'poll it' skip third
"""


def test_statements() -> None:
    statements, problems = parse(file(TEXT))
    assert not problems
    assert [(each.kind, each.name, each.line) for each in statements] == [
        ("set", "", 2),
        ("defaults", "", 3),
        ("poll", "imap.example.net", 4),
        ("server", "other", 6),
        ("skip", "third", 6),
    ]
    assert "ssl" in statements[1].words
    assert not statements[1].words & {"poll", "#"}
    assert "poll it" not in statements[3].words


def test_nothing_is_left_out() -> None:
    statements, _ = parse(file(TEXT))
    assert "".join(each.text for each in statements) == TEXT[TEXT.index("set postmaster") :]


def test_no_password_is_shown() -> None:
    assert "secret" not in repr(parse(file("poll a user b pass secret")))


def test_a_file_that_begins_with_something_else() -> None:
    _, problems = parse(file("\n  user bob pass secret\n", "fetchmail.cf"))
    assert told(problems) == ["fetchmail.cf:2: a statement begins with set, defaults, poll or skip"]


@pytest.mark.parametrize("text", ["", "# only a comment", "\n\n"])
def test_empty(text: str) -> None:
    assert parse(file(text)) == ([], [])


@given(st.text("psolike t'\"#\n;=,:"))
def test_any_text(text: str) -> None:
    statements, _ = parse(file(text))
    assert text.endswith("".join(each.text for each in statements))
