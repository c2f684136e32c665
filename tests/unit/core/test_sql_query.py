"""Queries with named parameters."""

from __future__ import annotations

import re

import pytest

from mailwright.core.sql_query import Query, query

KNOWN = ("address", "local", "domain")


def test_parameters_are_bound_in_their_order() -> None:
    asked = Query("SELECT a FROM t WHERE d = :domain AND (x = :address OR y = :address)")
    bound = asked.bound("format", {"address": "A", "domain": "D"})
    assert bound == ("SELECT a FROM t WHERE d = %s AND (x = %s OR y = %s)", ("D", "A", "A"))
    assert asked.bound("qmark", {"address": "A", "domain": "D"})[0].count("?") == 3
    assert asked.text_for("dollar") == "SELECT a FROM t WHERE d = $1 AND (x = $2 OR y = $3)"


def test_texts_names_casts_and_comments_keep_their_colons() -> None:
    text = "SELECT ':address', \":local\", now()::text /* :domain */ FROM t -- :x\nWHERE a LIKE '%' || :domain"
    asked = Query(text)
    assert asked.parameters == ("domain",)
    style = asked.text_for("format")
    assert style == text.replace("%", "%%").replace("|| :domain", "|| %s")
    assert asked.text_for("qmark") == text.replace("|| :domain", "|| ?")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("DELETE FROM accounts", "does not begin with SELECT"),
        ("SELECT 1 FROM t WHERE a = :adress", "uses :adress, which is not one of its parameters"),
        ("SELECT 1 FROM t WHERE a = 'x'", "does not use :address"),
        ("SELECT 1 FROM t WHERE a = :address; DROP TABLE t", "has a ; outside of quotes"),
        ("SELECT 1 FROM t WHERE a = :address AND b = 'x", "has a ' without an end"),
    ],
)
def test_what_could_not_work_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        query(text, ("address", "local"), KNOWN)


def test_a_semicolon_at_the_end_is_left_out() -> None:
    assert query("SELECT 1 FROM t WHERE a = :local ;\n", ("address", "local"), KNOWN).text.endswith(":local")
