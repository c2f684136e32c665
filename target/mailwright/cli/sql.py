"""setup sql: the database of accounts (ACCOUNT_PROVISIONER=SQL)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click

from mailwright.apply.editing import RefusedError, config_folder
from mailwright.apply.sql_editing import refusing
from mailwright.cli import edits, output
from mailwright.cli.arguments import RECIPIENT
from mailwright.cli.lazy import Group
from mailwright.cli.output import example
from mailwright.core.problems import Exit, errors
from mailwright.core.sql_query import Query
from mailwright.formats.sql_lookups import NAMES, Database, Lookups
from mailwright.host.read import Places, read
from mailwright.host.sql_connection import Connection, UnavailableError, connect
from mailwright.host.sql_schema import create, schema
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners import sql as provisioners
from mailwright.model.provisioners.sql_answers import Answers, Rows, UnfitError

# What is asked about an address, in the order in which mail and logins ask.
QUESTIONS: Mapping[str, str] = {
    "domain": "its domain is one of ours",
    "aliases": "its mail goes to",
    "catch_all": "a catch-all would send it to",
    "mailbox": "its mailbox",
    "senders": "logins that may send as it",
    "catch_all_senders": "logins of a catch-all that may send as it",
    "refused_send": "mail from it is refused with",
    "refused_receive": "mail for it is refused with",
    "passdb": "it can log in",
    "userdb": "its limit",
}


@click.group("sql", cls=Group)
def sql() -> None:
    """Look at the database of accounts, and make its tables."""


def provisioner() -> provisioners.SqlProvisioner:
    """SQL as the settings have it; RefusedError if it is not chosen, or with what is wrong with it."""
    reading = read(Places(config_folder()), os.environ)
    if reading.settings.account_provisioner != "SQL":
        raise RefusedError(
            f"accounts are not in a database: ACCOUNT_PROVISIONER is {reading.settings.account_provisioner}"
        )
    value, problems = provisioners.provisioner(reading, ConfigFolder(reading.sources.config))
    if wrong := errors([*reading.variables.problems, *problems]):
        raise RefusedError("\n".join(map(str, wrong)))
    return value


@sql.command("schema", **example("setup sql schema", "setup sql schema --driver mariadb"))
@click.option("--driver", type=click.Choice(list(NAMES)), help="Of another database than SQL_DRIVER.")
def schema_(driver: str | None) -> None:
    """Print the tables that Mailwright's own queries ask."""
    reading = read(Places(config_folder()), os.environ)
    click.echo(schema(driver or reading.settings.sql_driver), nl=False)


@sql.command(**example("setup sql init"))
@edits.refusals
def init() -> None:
    """Make the tables that are missing; SQL_USER must be allowed to."""
    chosen = provisioner()
    database = chosen.lookups.database
    if not chosen.can_edit:
        raise RefusedError("SQL_QUERY_… name tables of your own; unset them to use Mailwright's")
    try:
        create(database)
    except UnavailableError as error:
        hint = "if SQL_USER may not create tables, have their owner run what `setup sql schema` prints"
        raise RefusedError(f"{database.place}: {error} ({hint})") from None
    except OSError as error:
        raise RefusedError(f"{database.path}: {(error.strerror or 'error').lower()}") from None
    output.done(f"{database.place} has all tables")


@sql.command(**example("setup sql test me@example.com", "setup sql test @example.com"))
@click.argument("address", type=RECIPIENT)
@edits.refusals
def test(address: str) -> None:
    """Print each query about ADDRESS with its answer, and what Postfix and Dovecot make of it."""
    lookups = provisioner().lookups
    with refusing(lookups.database):
        connection = connect(lookups.database)
    output.say(f"{lookups.database.place} answers{_tls(lookups.database)}")
    asked: dict[str, None] = {}
    answers = Answers(lookups, _telling(connection, lookups, asked))
    local, _, domain = address.lower().rpartition("@")
    told = []
    for kind, meaning in QUESTIONS.items():
        key = domain if kind == "domain" else f"{local or 'any'}@{domain}"
        told.append((meaning, _answer(lookups, getattr(answers, kind), key)))
    output.show_lines(map(output.styled, asked))
    for meaning, answer in told:
        output.say(f"{meaning}: {answer}")
    if told[1][1] == told[2][1] == "no":
        raise SystemExit(Exit.FINDINGS)


def _tls(database: Database) -> str:
    if database.driver == "sqlite" or database.host.startswith("/"):
        return ""
    return ", with TLS" if database.tls else ", WITHOUT TLS"


def _telling(connection: Connection, lookups: Lookups, asked: dict[str, None]) -> Callable[..., Rows]:
    """Asks, and notes each query with its parameters filled in and its rows, without hashes."""

    def ask(name: str, **by: str) -> Rows:
        query = lookups.queries[name]
        rows = connection.rows(query, by)
        shown = [", ".join(_row(name, row)) for row in rows[:10]] or ["no row"]
        asked["\n  ".join([f"{name}: {filled(query, by)}", *shown])] = None
        return rows

    return ask


def _row(name: str, row: Sequence[object]) -> Iterator[str]:
    """The columns that mean something; of a hash its scheme."""
    for number, value in enumerate(row[: 2 if name == "user" else 1]):
        text = "NULL" if value is None else str(value)
        yield _scheme(text) if name == "user" and number == 0 else text


def _scheme(password: str) -> str:
    """What may be shown of a hash."""
    scheme, brace, _ = password.partition("}")
    return f"{scheme}}}…" if brace and password.startswith("{") else "… (a hash without {SCHEME})"


def filled(query: Query, values: Mapping[str, str]) -> str:
    """The query as it would be written by hand."""
    text = " ".join(query.text.split())
    return re.sub(
        r"(?<!:):([a-z_]+)",
        lambda match: "'" + values[match[1]].replace("'", "''") + "'" if match[1] in values else match[0],
        text,
    )


def _answer(lookups: Lookups, question: Callable[[str], Any], key: str) -> str:
    try:
        answer = question(key)
    except UnfitError as error:
        return f"mail waits: {error}"
    except UnavailableError as error:
        raise RefusedError(f"{lookups.database.place}: {error}") from None
    if isinstance(answer, Mapping):
        return ", ".join(_fields(answer)) or "yes"
    return str(answer) if answer else "no"


def _fields(answer: Mapping[str, str]) -> Iterator[str]:
    """The fields of Dovecot's row that say more than that there is one."""
    if "password" in answer:
        yield f"with a hash {_scheme(answer['password'])}"
    yield from (value for name, value in answer.items() if name.endswith("storage_size"))
