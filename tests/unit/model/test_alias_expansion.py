from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.formats.accounts import accounts
from mailwright.formats.aliases import Alias, aliases
from mailwright.model.alias_expansion import AliasExpansion, problems
from tests.unit.operator import HASH, file, told

BOB, AMY = "bob@a.example", "amy@a.example"
DOMAINS = frozenset({"a.example", "b.example"})


def expansion(*rows: str, patterns: bool = False) -> tuple[AliasExpansion, list[Alias]]:
    found, problems = aliases(file("\n".join(rows)))
    assert not problems
    mailboxes, _ = accounts(file(f"{BOB}|{HASH}\n{AMY}|{HASH}\n"))
    return AliasExpansion.of(tuple(found), mailboxes, patterns), found


@pytest.mark.parametrize(
    ("rows", "address", "owners"),
    [
        ((), BOB, [BOB]),
        ((), "bob+news@a.example", [BOB]),
        ((), "nobody@a.example", []),
        ((f"info@a.example {BOB},{AMY}",), "info@a.example", [AMY, BOB]),
        ((f"info@a.example {BOB}",), "info+x@a.example", [BOB]),
        ((f"info@a.example {BOB}", f"info+x@a.example {AMY}"), "info+x@a.example", [AMY]),
        ((f"all@a.example info@a.example,{AMY}", f"info@a.example {BOB}"), "all@a.example", [AMY, BOB]),
        ((f"@b.example {BOB}",), "x@b.example", [BOB]),
        ((f"@a.example {AMY}",), BOB, [BOB]),
        (("@b.example @a.example",), "bob@b.example", [BOB]),
        ((f"{BOB} {BOB},x@elsewhere.example",), BOB, [BOB]),
        (("info@a.example Bob@a.example",), "info@a.example", [BOB]),
        (("info@a.example x@elsewhere.example",), "info@a.example", []),
        (("a@a.example b@a.example", "b@a.example a@a.example"), "a@a.example", []),
    ],
)
def test_owners(rows: tuple[str, ...], address: str, owners: list[str]) -> None:
    assert expansion(*rows)[0].owners(address) == owners


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((f"info@a.example {BOB}", "x@a.example y@elsewhere.example"), []),
        (("@b.example @a.example",), []),
        (
            ("x@a.example y@a.example", "y@a.example x@a.example"),
            [
                f"file.cf:{line}: {name}@a.example leads back to itself (hint: its mail could never be delivered)"
                for line, name in ((1, "x"), (2, "y"))
            ],
        ),
        (("info@a.example gone@a.example",), ["warning: file.cf:1: info@a.example leads to gone@a.example,"
                                              " which is not a mailbox here"]),
        ((f"{BOB} {AMY}",), [f"warning: file.cf:1: {BOB} is an account as well, but the alias takes all its mail"
                             f" (hint: add {BOB} to the targets, or remove the alias or the account)"]),
    ],
)  # fmt: skip
def test_doubts(rows: tuple[str, ...], said: list[str]) -> None:
    assert told(problems(*expansion(*rows), DOMAINS)) == said


def test_patterns_may_catch_what_is_no_mailbox() -> None:
    assert told(problems(*expansion("info@a.example gone@a.example", patterns=True), DOMAINS)) == []


NAMES = st.sampled_from([f"{local}@{domain}" for local in ("", "bob", "x", "y", "x+y") for domain in sorted(DOMAINS)])


@given(st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=4)), NAMES)
def test_every_web_of_aliases_comes_to_an_end(web: dict[str, list[str]], start: str) -> None:
    rows = [f"{name} {','.join(targets)}" for name, targets in web.items()]
    found, _ = aliases(file("\n".join(rows)))
    whole = AliasExpansion.of(tuple(found), [], False)
    ends, _ = whole.ends(start)
    assert len(ends) < 1000
    list(problems(whole, found, DOMAINS))


def test_domain_aliases_that_lead_to_each_other() -> None:
    found = told(problems(*expansion("@a.example @b.example", "@b.example @a.example"), frozenset()))
    assert [line.partition(": ")[2].partition(" (")[0] for line in found] == [
        "@a.example leads back to itself",
        "@b.example leads back to itself",
    ]
    assert told(problems(*expansion("@a.example @b.example"), frozenset())) == []
