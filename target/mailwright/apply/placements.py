"""Which backend holds the mail of an account: the tables backends and placements of our own schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from mailwright.apply.editing import RefusedError
from mailwright.core.sql_query import Query
from mailwright.host.sql_connection import Connection

BACKENDS = Query(
    "SELECT backends.name, backends.fills, count(accounts.address), count(placements.address) FROM backends "
    "LEFT JOIN placements ON placements.backend = backends.name "
    "LEFT JOIN accounts ON accounts.address = placements.address "
    "GROUP BY backends.name, backends.fills ORDER BY backends.name"
)
BACKEND = Query("SELECT backend FROM placements WHERE address = :address")
UNPLACED = Query(
    "SELECT accounts.address FROM accounts LEFT JOIN placements ON placements.address = accounts.address "
    "WHERE placements.address IS NULL ORDER BY accounts.address"
)
PLACE = Query("INSERT INTO placements (address, backend) VALUES (:address, :backend)")
ADD = Query("INSERT INTO backends (name) VALUES (:name)")
FORGET = Query("DELETE FROM placements WHERE backend = :name AND address NOT IN (SELECT address FROM accounts)")
REMOVE = Query("DELETE FROM backends WHERE name = :name")
SWITCH = Query("UPDATE backends SET fills = :fills WHERE name = :name")


class Backend(NamedTuple):
    """A node with mailboxes, and how many accounts have their mail on it."""

    name: str
    fills: bool  # it gets new accounts
    accounts: int
    former: int  # accounts that were removed, whose mail was on it


def backends(connection: Connection) -> list[Backend]:
    """All that are known, by name."""
    rows = connection.rows(BACKENDS, {})
    return [
        Backend(str(name), str(fills) == "1", int(str(accounts)), int(str(placed)) - int(str(accounts)))
        for name, fills, accounts, placed in rows
    ]


def unplaced(connection: Connection) -> list[str]:
    """The accounts whose mail has no place yet."""
    return [str(address) for (address,) in connection.rows(UNPLACED, {})]


def place(connection: Connection, addresses: Iterable[str]) -> Mapping[str, int]:
    """Each account gets the backend with the fewest of them, and keeps it; how many each backend got.

    RefusedError if there are any and no backend takes new accounts.
    """
    waiting = list(addresses)
    if not waiting:
        return {}
    counts = {each.name: each.accounts for each in backends(connection) if each.fills}
    if not counts:
        raise RefusedError("no backend takes new accounts (setup backends add NAME)")
    rows, given = [], Counter[str]()
    for address in waiting:
        backend = min(counts, key=lambda name: (counts[name], name))
        counts[backend] += 1
        given[backend] += 1
        rows.append({"address": address, "backend": backend})
    connection.many(PLACE, rows)
    return given
