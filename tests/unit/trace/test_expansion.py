from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.problems import ConfigurationError
from mailwright.trace.expansion import LOCAL_LOOP, VIRTUAL_LOOP, Expansion
from mailwright.trace.mail import Row
from tests.unit.trace.world import Given, accounts, configuration

FILES = {
    "postfix-accounts.cf": accounts("alice@a.example", "bob@a.example", "carol@c.example"),
    "postfix-virtual.cf": "# rows\nteam@a.example alice@a.example,friend@far.example\n@c.example bob@a.example\n"
    "bob@a.example bob@a.example,team@a.example\n",
    "postfix-regexp.cf": "# patterns\n/^x-(.*)@a\\.example$/ alice+$1@a.example\n/^ping@/ pong@a.example\n"
    "/^pong@/ ping@a.example\n",
    "postfix-aliases.cf": "abuse: alice@a.example,\n  bob@a.example\nlog: |/bin/log\nme: you\nyou: me\n",
}


def followed(address: str) -> Expansion:
    expansion = Expansion(configuration(FILES))
    expansion.follow(address)
    return expansion


@pytest.mark.parametrize(
    ("address", "finals"),
    [
        ("alice@a.example", {"alice@a.example"}),
        ("team@a.example", {"alice@a.example", "friend@far.example"}),
        ("team+x@a.example", {"alice+x@a.example", "friend+x@far.example"}),
        ("any@c.example", {"bob@a.example", "alice@a.example", "friend@far.example"}),
        ("carol@c.example", {"carol@c.example"}),
        ("carol+x@C.example", {"carol+x@c.example"}),
        ("x-7@a.example", {"alice+7@a.example"}),
        ("abuse@mail.example.com", {"bob@a.example", "alice@a.example", "friend@far.example"}),
        ("else@far.example", {"else@far.example"}),
    ],
)
def test_where_mail_ends(address: str, finals: set[str]) -> None:
    assert followed(address).finals.keys() == finals


def test_each_row_with_its_file_and_line() -> None:
    table = "lmdb:/etc/postfix/virtual"
    assert followed("any@c.example").rows[:2] == [
        Row("any@c.example", ("bob@a.example",), table, "postfix-virtual.cf:3"),
        Row("bob@a.example", ("bob@a.example", "team@a.example"), table, "postfix-virtual.cf:4"),
    ]
    [row] = followed("x-7@a.example").rows
    assert row == Row("x-7@a.example", ("alice+7@a.example",), "pcre:/etc/postfix/regexp", "postfix-regexp.cf:2")
    assert followed("abuse@mail.example.com").rows[0].where == "postfix-aliases.cf:1"
    assert followed("postmaster@c.example").rows[0].where == "POSTMASTER_ADDRESS"


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ping@a.example", VIRTUAL_LOOP),
        ("me@mail.example.com", LOCAL_LOOP),
        ("log@mail.example.com", "program"),
        ("nobody@mail.example.com", "nobody"),
    ],
)
def test_ends_that_are_no_mailboxes(address: str, kind: str) -> None:
    assert [other.kind for other in followed(address).others] == [kind]


def test_a_table_that_does_not_answer() -> None:
    down = Given(down=True)
    expansion = Expansion(configuration(FILES | {"postfix-main.cf": "virtual_alias_maps = ldap:/etc/x\n"}, down))
    expansion.follow("alice@a.example")
    assert [(other.kind, other.note) for other in expansion.others] == [("unknown", "ldap:/etc/x does not answer")]


NAMES = st.sampled_from(
    [f"{name}@{domain}" for name in ("a", "b", "c", "d", "") for domain in ("x.example", "y.example")]
)
TARGETS = st.lists(NAMES.filter(lambda name: not name.startswith("@")), min_size=1, max_size=3, unique=True)


@given(aliases=st.dictionaries(NAMES, TARGETS, max_size=5), start=NAMES.filter(lambda name: not name.startswith("@")))
def test_it_agrees_with_the_model(aliases: dict[str, list[str]], start: str) -> None:
    rows = "".join(f"{name} {','.join(targets)}\n" for name, targets in aliases.items())
    files = {"postfix-accounts.cf": accounts("a@x.example", "b@y.example"), "postfix-virtual.cf": rows}
    try:
        made = configuration(files)
    except ConfigurationError:  # a loop
        return
    expansion = Expansion(made)
    expansion.follow(start)
    ends, looping = made.mailserver.directory.expansion.ends(start)
    assert not looping
    assert expansion.finals.keys() == ends
