"""What a database of accounts is asked: the queries of our own schema, or the operator's (SQL_QUERY_...)."""

# ruff: noqa: S608  names of our own make these texts, never a value

from __future__ import annotations

from collections.abc import Mapping

from mailwright.core.problems import Problem
from mailwright.core.sql_query import Query, query
from mailwright.model.variables import Variables
from mailwright.settings import Settings

ADDRESS = ("address", "local", "domain")
# The backend that holds an account's mail: a column of the rows of accounts, with ROLE=front and ROLE=backend only.
BACKEND = ", (SELECT backend FROM placements WHERE placements.address = accounts.address)"
# Name → the parameters of which one must be used, and all that may be.
PARAMETERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "user": (("address", "local"), ADDRESS),
    "alias": (("address", "domain"), ADDRESS),
    "domain": (("domain",), ("domain",)),
    "senders": (("address", "local"), ADDRESS),
    "refused": (("address", "local"), (*ADDRESS, "direction")),
    "list": ((), ("node",)),
}
# All refusals, if they are few: then no address needs a query of its own for them.
REFUSALS = Query("SELECT direction, address, action FROM refused LIMIT 101")
# For commands.
DOMAINS = Query("SELECT domain FROM domains UNION SELECT domain FROM accounts UNION SELECT domain FROM aliases")
ALIASES = Query("SELECT count(DISTINCT alias) FROM aliases")
APP_PASSWORDS = Query("SELECT name, password, protocols FROM app_passwords WHERE address = :address")


def of_our_schema(role: str) -> dict[str, str]:
    """The query of each name."""
    backend = "" if role == "all" else BACKEND
    placed = "JOIN placements ON placements.address = accounts.address WHERE backend = :node"
    return {
        "user": f"SELECT password, quota{backend} FROM accounts WHERE address = :address",
        "alias": "SELECT recipient FROM aliases WHERE alias = :address ORDER BY recipient",
        "domain": "SELECT 1 FROM domains WHERE domain = :domain UNION ALL "
        "SELECT 1 FROM accounts WHERE domain = :domain UNION ALL "
        "SELECT 1 FROM aliases WHERE domain = :domain LIMIT 1",
        "senders": "",
        "refused": "SELECT action FROM refused WHERE address = :address AND direction = :direction",
        "list": f"SELECT accounts.address FROM accounts {placed} ORDER BY accounts.address"
        if role == "backend"
        else "SELECT address FROM accounts ORDER BY address",
    }


def everything(role: str) -> Query:
    """All about an address in one query, and what its recipients are."""
    backend, none = ("", "") if role == "all" else (BACKEND, ", NULL")
    return Query(
        f"SELECT 'user', address, password, quota{backend} FROM accounts WHERE address = :address UNION ALL "
        f"SELECT 'alias', alias, recipient, NULL{none} FROM aliases WHERE alias = :address UNION ALL "
        f"SELECT direction, address, action, NULL{none} FROM refused WHERE address = :address UNION ALL "
        f"SELECT 'user', accounts.address, accounts.password, accounts.quota{backend} FROM aliases JOIN accounts "
        "ON accounts.address = aliases.recipient WHERE aliases.alias = :address UNION ALL "
        f"SELECT 'alias', further.alias, further.recipient, NULL{none} FROM aliases JOIN aliases AS further "
        "ON further.alias = aliases.recipient WHERE aliases.alias = :address"
    )


def queries(settings: Settings, variables: Variables) -> tuple[tuple[Mapping[str, Query], bool], list[Problem]]:
    """Each query, and whether all are those of our own schema. With tables of the operator's own each is asked."""
    found, problems, own = dict[str, Query](), list[Problem](), True
    ours = of_our_schema(settings.role)
    given = {
        "user": settings.sql_query_user,
        "alias": settings.sql_query_alias,
        "domain": settings.sql_query_domain,
        "senders": settings.sql_query_senders,
        "refused": settings.sql_query_refused,
        "list": settings.sql_query_list,
    }
    for name, (needed, known) in PARAMETERS.items():
        text = given[name] or ours[name]
        own = own and text == ours[name]
        try:
            if text:
                found[name] = query(text, needed, known)
        except ValueError as error:
            problems.append(variables.error(f"SQL_QUERY_{name.upper()}", str(error)))
    if own:
        found |= {"app_passwords": APP_PASSWORDS, "everything": everything(settings.role), "refusals": REFUSALS}
    if "list" in found:
        found["first"] = Query(f"SELECT * FROM (\n{found['list'].text}\n) AS found LIMIT 1")
    return (found, own), problems
