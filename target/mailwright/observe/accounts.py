"""The accounts of the running server, wherever they are."""

from __future__ import annotations

import re
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from mailwright.core import paths, sockets
from mailwright.formats.sql_lookups import Lookups, lookups
from mailwright.host.commands import run
from mailwright.host.sql_connection import UnavailableError, connect
from mailwright.model.provisioners.provisioner import PostfixTable
from mailwright.observe import dovecot

ATTRIBUTE = re.compile(r"\(([A-Za-z][A-Za-z0-9;.-]*)=[^()]*%[sd][^()]*\)")  # of a filter, that has what is looked for
BACKENDS = "postfix/ldap-backends.cf"  # only a front has it
SECONDS = 30  # for all entries of a directory
ETC = Path("/etc")


class UnlistedError(Exception):
    """A directory cannot be listed; the message says why."""


def users(etc: Path = ETC) -> list[str] | None:
    """All accounts, sorted; None if they cannot be told. On a front Dovecot lists none."""
    database, directory = etc / paths.SQL_LOOKUPS, etc / BACKENDS
    if database.exists() and (known := lookups(database.read_text(encoding="utf-8"))).leads:
        return _of_database(known)
    if directory.exists():
        try:
            return sorted(name.lower() for name in of_directory(table(directory)) if "@" in name)
        except UnlistedError:
            return None
    return dovecot.users()


def _of_database(known: Lookups) -> list[str] | None:
    try:
        with closing(connect(known.database)) as connection:
            rows = connection.rows(known.queries["list"], {"node": known.node})
    except (UnavailableError, KeyError):
        return None
    return sorted(word(row[0]).lower() for row in rows)


def table(file: Path) -> PostfixTable:
    """The look-up that ``file`` describes (ldap_table(5))."""
    lines = (line.partition(" = ") for line in file.read_text(encoding="utf-8").splitlines())
    return PostfixTable("", "ldap", tuple((name, value) for name, _, value in lines))


def of_directory(asked: PostfixTable) -> list[str]:
    """What all entries that ``asked`` would find have in the attributes that it looks at, or UnlistedError."""
    attributes, every = of_any(dict(asked.parameters)["query_filter"])
    if not attributes:
        raise UnlistedError("the filter of accounts names no attribute with an address")
    parameters = {**dict(asked.parameters), "query_filter": every, "result_attribute": ", ".join(attributes)}
    # The socket of domains ends a search at its first entry.
    parameters["server_host"] = f"ldapi://{quote(sockets.LDAP_POSTFIX, safe='')}"
    for limit in ("result_format", "domain", "expansion_limit", "size_limit"):
        parameters.pop(limit, None)
    with tempfile.NamedTemporaryFile("w", suffix=".cf") as file:
        file.write("".join(f"{name} = {value}\n" for name, value in parameters.items()))
        file.flush()
        done = run(("/usr/sbin/postmap", "-q", "any", f"ldap:{Path(file.name)}"), limit=SECONDS)
    if not done and done.errors.strip():
        raise UnlistedError("the directory does not list all entries")
    return [value.strip() for value in done.output.split(",") if value.strip()]


def of_any(text: str) -> tuple[list[str], str]:
    """The attributes in which the filter ``text`` looks, and the filter that finds any."""
    return list(dict.fromkeys(ATTRIBUTE.findall(text))), re.sub(r"\*+", "*", re.sub("%[sd]", "*", text))


def word(value: object) -> str:
    """A column of a row as text."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else str(value)
