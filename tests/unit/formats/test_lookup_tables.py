from __future__ import annotations

import pytest

from mailwright.formats.lookup_tables import tables, with_tables


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("hash:/a", ["hash:/a"]),
        ("texthash:/a,regexp:/b pcre:/c", ["texthash:/a", "regexp:/b", "pcre:/c"]),
        ("proxy:unionmap:{hash:/a, lmdb:/b}", ["hash:/a", "lmdb:/b"]),
        ("pipemap:{cidr:/a,btree:/b}", ["cidr:/a", "btree:/b"]),
        ("permit_mynetworks, check_sender_access hash:/a, reject", ["hash:/a"]),
        (
            "$default_database_type:/a ${default_database_type}:/b",
            ["$default_database_type:/a", "${default_database_type}:/b"],
        ),
        ("mysql:/a ldap:/b tcp:h:1 socketmap:unix:/s inline:{a=b} static:x unix:passwd.byname xhash:/a", []),
    ],
)
def test_tables_that_are_files(value: str, named: list[str]) -> None:
    assert [str(table) for table in tables(value)] == named


def test_replacing_keeps_everything_else() -> None:
    assert (
        with_tables("proxy:hash:/a, x\n  hash:/b", lambda table: f"lmdb:{table.path}2")
        == "proxy:lmdb:/a2, x\n  lmdb:/b2"
    )
