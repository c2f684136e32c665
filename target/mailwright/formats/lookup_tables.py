"""Look-up tables in values of Postfix's parameters: ``type:path``, within lists and restrictions too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

COMPILED = {"btree": ".db", "hash": ".db", "lmdb": ".lmdb", "cdb": ".cdb", "dbm": ".pag", "sdbm": ".pag"}
DEFAULT_TYPE = r"\$(?:default_database_type|[({]default_database_type[)}])"
TYPES = "|".join((*COMPILED, "texthash", "regexp", "pcre", "cidr", DEFAULT_TYPE))
TABLE = re.compile(rf"(?<!\w)(?P<type>{TYPES}):(?P<path>/[^\s,;{{}}]+)")
PROXY = re.compile(r"(?<!\w)proxy:(?:(?:union|pipe)map:\{[^{}]*)?$")
SERVER = re.compile(r"(?<!\w)(mysql|pgsql|ldap|sqlite|mongodb):")


@dataclass(frozen=True, slots=True)
class Table:
    """One table that a value names. Of a compiled one Postfix reads ``path`` with an ending."""

    type: str
    path: str
    proxied: bool = field(default=False, compare=False)  # proxymap(8) opens it, as the user postfix

    def __str__(self) -> str:
        return f"{self.type}:{self.path}"

    @property
    def compiled(self) -> bool:
        """Whether postmap(1) makes what Postfix reads."""
        return self.type in COMPILED or self.type.startswith("$")


def tables(value: str) -> Iterator[Table]:
    """The tables in ``value`` that are files; also those behind proxy: and in unionmap:{…} or pipemap:{…}."""
    return (
        Table(match["type"], match["path"], bool(PROXY.search(value, 0, match.start())))
        for match in TABLE.finditer(value)
    )


def servers(value: str) -> list[str]:
    """The types of the tables in ``value`` that another server or a library of its own answers."""
    return SERVER.findall(value)


def with_tables(value: str, replacement: Callable[[Table], str]) -> str:
    """``value`` with the ``replacement`` of each table in its place."""
    return TABLE.sub(lambda match: replacement(Table(match["type"], match["path"])), value)
