"""Our domains, as a database and a directory list them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailwright.formats.sql_lookups import Database
from mailwright.model.provisioners.provisioner import PostfixTable
from mailwright.observe.accounts import of_any
from mailwright.observe.domains import aliases, of_database, of_directory, running
from tests.unit import sqlite

pytestmark = pytest.mark.usefixtures("loopback")


def test_a_database_lists_domains_of_accounts_and_aliases(tmp_path: Path) -> None:
    place = sqlite.database(tmp_path)
    sqlite.filled(place).execute("INSERT INTO domains (domain) VALUES ('new.test')")
    known = of_database(sqlite.lookups(place))
    assert (known.names, known.missing) == (("catch.test", "example.com", "new.test", "old.test"), "")


def test_tables_of_the_operator_s_own_list_none(tmp_path: Path) -> None:
    place = sqlite.database(tmp_path)
    known = of_database(sqlite.lookups(place, SQL_QUERY_DOMAIN="SELECT 1 FROM mine WHERE name = :domain"))
    assert known.missing == "SQL_QUERY_… cannot list domains without accounts"


def test_a_database_that_is_away_is_named(tmp_path: Path) -> None:
    lookups = sqlite.lookups(Database("sqlite", path=str(tmp_path / "none")))
    assert of_database(lookups).missing.startswith(f"the SQLite database {tmp_path}/none: ")


def test_the_running_server_s_database(tmp_path: Path) -> None:
    place = sqlite.database(tmp_path)
    sqlite.filled(place)
    file = tmp_path / "sql-lookups/lookups.json"
    file.parent.mkdir()
    file.write_text(sqlite.lookups(place).text, encoding="utf-8")
    assert running(["me@more.test"], tmp_path).names == ("catch.test", "example.com", "more.test", "old.test")
    assert running(None, tmp_path).missing == "the accounts are not listed"
    assert aliases(tmp_path) == 6
    Path(place.path).unlink()
    assert aliases(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "attributes", "every"),
    [
        (
            "(&(|(mail=*@%s)(mailAlias=*@%s))(on=TRUE))",
            ["mail", "mailAlias"],
            "(&(|(mail=*@*)(mailAlias=*@*))(on=TRUE))",
        ),
        ("(associatedDomain=%s)", ["associatedDomain"], "(associatedDomain=*)"),
        ("(proxyAddresses=smtp:*@%d)", ["proxyAddresses"], "(proxyAddresses=smtp:*@*)"),
        ("(mail=*%s)", ["mail"], "(mail=*)"),
    ],
)
def test_the_filter_that_finds_any_domain(text: str, attributes: list[str], every: str) -> None:
    assert of_any(text) == (attributes, every)


def test_a_filter_without_an_attribute_cannot_list() -> None:
    table = PostfixTable("ldap-domains", "ldap", (("query_filter", "(%s=x)"),))
    assert of_directory(table).missing == "LDAP_QUERY_FILTER_DOMAIN names no attribute that has the domain"
