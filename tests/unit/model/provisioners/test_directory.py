from __future__ import annotations

from mailwright.formats.aliases import IMPLIED, Alias
from tests.unit.model.provisioners.test_file import read

ROOT = Alias("root@example.com", ("alice@example.com",), IMPLIED)


def test_domains_are_those_of_accounts_and_aliases() -> None:
    assert read(virtual="info@example.net alice@example.com\n")[0].domains == {"example.com", "example.net"}


def test_implied_aliases_are_expanded_and_change_nothing_else() -> None:
    directory = read(virtual="info@example.com bob@example.com\n")[0]
    more = directory.implying((ROOT,))
    assert more.aliases == directory.aliases
    assert more.domains == directory.domains
    assert (directory.receives("root@example.com"), more.receives("root@example.com")) == (False, True)
    assert more.expansion.owners("root@example.com") == ["alice@example.com"]


def test_what_the_operator_wrote_wins_over_an_implied_alias() -> None:
    more = read(virtual="root@example.com bob@example.com\n")[0].implying((ROOT,))
    assert more.expansion.owners("root@example.com") == ["bob@example.com"]


def test_patterns_receive_what_they_match() -> None:
    directory = read(regexp="/^x/ alice@example.com\n")[0]
    assert directory.receives("x-ray@example.com")
    assert not directory.receives("nobody@example.com")
    assert not read()[0].receives("nobody@example.com")
