"""Master users: ``dovecot-masters.cf``, one ``name|{SCHEME}hash`` a line."""

from __future__ import annotations

import re
from typing import NamedTuple

from mailwright.core.problems import Problem, shown
from mailwright.core.textfile import TextFile

NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)
HASH = re.compile(r"\{[A-Z0-9-]+(?:\.[A-Z0-9]+)?\}[^\s:]+|\$\w+\$[^\s:]+", re.ASCII | re.IGNORECASE)


class Master(NamedTuple):
    """Who logs in to every mailbox as ``ADDRESS*name``."""

    name: str
    password_hash: str
    where: str

    def __repr__(self) -> str:  # never the hash
        return f"Master({self.name})"


def masters(file: TextFile) -> tuple[list[Master], list[Problem]]:
    """The master users of ``file`` in its order, and a Problem for each line that is none. No hash is ever told."""
    found: dict[str, Master] = {}
    problems = []
    for number, row in file.rows():
        name, _, password_hash = (part.strip() for part in row.partition("|"))
        where = file.at(number)
        if not NAME.fullmatch(name):
            what = f"{shown(name.partition(':')[0])} is no name of letters, digits and . _ -"
            problems.append(Problem(where, what, "name|{SCHEME}hash"))
        elif not HASH.fullmatch(password_hash):
            problems.append(Problem(where, f"{name} has no password hash", f"setup dovecot-master update {name}"))
        elif name in found:
            problems.append(Problem(where, f"{name} is a master user already", f"see {found[name].where}"))
        else:
            found[name] = Master(name, password_hash, where)
    return list(found.values()), problems
