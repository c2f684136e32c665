"""Master users: ``dovecot-masters.cf``, one ``name|{SCHEME}hash`` a line."""

from __future__ import annotations

import re
from typing import NamedTuple

from mailwright.core.problems import Problem, shown_name
from mailwright.core.rows_by_key import Refused, rows_by_key
from mailwright.core.textfile import TextFile

NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)
HASH = re.compile(r"\{[A-Z0-9-]+(?:\.[A-Z0-9]+)?\}[^\s:]+|\$\w+\$[^\s:]+", re.ASCII | re.IGNORECASE)


class Master(NamedTuple):
    """A user who can log in to every mailbox as ``ADDRESS*name``."""

    name: str
    password_hash: str
    where: str

    def __repr__(self) -> str:  # never the hash
        return f"Master({self.name})"


def masters(file: TextFile) -> tuple[list[Master], list[Problem]]:
    """The master users of ``file`` in its order, and a Problem for each line that is not one; never with a hash."""
    return rows_by_key(file, _master, lambda master: master.name, Refused("is a master user"))


def _master(row: str, where: str) -> Master | Problem:
    name, _, password_hash = (part.strip() for part in row.partition("|"))
    if not NAME.fullmatch(name):
        what = f"{shown_name(name)} is not a name of letters, digits and . _ -"
        return Problem(where, what, "name|{SCHEME}hash")
    if not HASH.fullmatch(password_hash):
        return Problem(where, f"{name} has no password hash", f"setup dovecot-master update {name}")
    return Master(name, password_hash, where)
