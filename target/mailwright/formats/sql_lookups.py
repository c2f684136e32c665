"""``/etc/sql-lookups/lookups.json``: which database is asked what, for sql-lookups and for commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from mailwright.core.sql_query import Query

NAMES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}


@dataclass(frozen=True, slots=True)
class Database:
    """Where the accounts are, and how to get there."""

    driver: str
    host: str = ""
    port: int = 0
    name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = True
    ca_file: str = ""
    path: str = ""  # of SQLite

    @property
    def place(self) -> str:
        """Where it is, in an operator's words."""
        if self.driver == "sqlite":
            return f"the SQLite database {self.path}"
        return f"the {NAMES[self.driver]} database {self.name} on {self.host}"


@dataclass(frozen=True)
class Lookups:
    """The database, the query for each question, and what else answers depend on."""

    database: Database
    queries: Mapping[str, Query]
    postmaster: str  # gets the mail for postmaster@ each of our domains that has no such account or alias
    quotas: bool = True
    leads: bool = False  # ROLE=front: each account's backend is a part of the answers
    node: str = ""  # ROLE=backend: this one, which holds the mail of its own accounts only

    @property
    def text(self) -> str:
        """As the file has it."""
        rows = {name: value for name, value in vars(self).items() if value or name not in ("leads", "node")}
        rows["database"] = asdict(self.database)
        rows["queries"] = {name: query.text for name, query in self.queries.items()}
        return json.dumps(rows, indent=2) + "\n"


def lookups(text: str) -> Lookups:
    """The Lookups of a file's ``text``."""
    rows = json.loads(text)
    queries = {name: Query(query) for name, query in rows.pop("queries").items()}
    return Lookups(**{**rows, "database": Database(**rows["database"]), "queries": queries})
