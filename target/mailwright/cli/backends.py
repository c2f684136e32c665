"""setup backends: the nodes with mailboxes, and how accounts are spread over them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click

from mailwright.apply import placements
from mailwright.apply.editing import RefusedError, config_folder
from mailwright.apply.sql_editing import refusing
from mailwright.cli import edits, output
from mailwright.cli.arguments import Checked
from mailwright.cli.lazy import Group
from mailwright.cli.output import example
from mailwright.cli.sql import provisioner
from mailwright.core.values import amount
from mailwright.host.read import Places, read
from mailwright.host.sql_connection import Connection, connect
from mailwright.settings.cluster import node_name

NODE = Checked("name", node_name)


@click.group("backends", cls=Group)
def backends() -> None:
    """The nodes with mailboxes (ROLE=backend), and the accounts on each."""


@contextmanager
def opened() -> Iterator[Connection]:
    """The database of accounts; what was changed is kept at the end."""
    if read(Places(config_folder()), os.environ).settings.role == "all":
        raise RefusedError("this server has all roles, so there are no backends (ROLE)")
    database = provisioner().lookups.database
    with refusing(database):
        connection = connect(database, autocommit=False)
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()


@backends.command("list", **example("setup backends list"))
@edits.refusals
def list_() -> None:
    """Print each backend with its accounts."""
    with opened() as connection:
        known, waiting = placements.backends(connection), placements.unplaced(connection)
    for each in known:
        state = "" if each.fills else ", gets no new ones (setup backends fill)"
        former = f", and the mail of {amount(each.former, 'former account')}" if each.former else ""
        click.echo(f"{each.name}: {amount(each.accounts, 'account')}{former}{state}")
    if waiting:
        output.say(f"{amount(len(waiting), 'account')} without a backend: mail waits (setup backends place)", "warning")


@backends.command(**example("setup backends add backend-1"))
@click.argument("name", type=NODE)
@edits.refusals
def add(name: str) -> None:
    """Let NAME get accounts: the name of its certificate, under which fronts reach it."""
    with opened() as connection:
        if name in names(connection):
            raise RefusedError(f"{name} is a backend already")
        connection.many(placements.ADD, [{"name": name}])
    output.done(f"{name} gets new accounts")


@backends.command("del", **example("setup backends del backend-1"))
@click.argument("name", type=NODE)
@click.option("--yes", is_flag=True, help="Also if mail of former accounts is on it.")
@edits.refusals
def del_(name: str, yes: bool) -> None:
    """Forget NAME, which has no accounts any more."""
    with opened() as connection:
        known = must_know(connection, name)
        if known.accounts:
            raise RefusedError(f"{name} holds the mail of {amount(known.accounts, 'account')}")
        if known.former and not yes:
            former = amount(known.former, "former account")
            raise RefusedError(f"{name} may still have the mail of {former}: --yes forgets that it was there")
        connection.many(placements.FORGET, [{"name": name}])
        connection.many(placements.REMOVE, [{"name": name}])
    output.done(f"{name} is no backend any more")


@backends.command(**example("setup backends drain backend-1"))
@click.argument("name", type=NODE)
@edits.refusals
def drain(name: str) -> None:
    """Give NAME no new accounts."""
    _switch(name, fills=False)
    output.done(f"{name} gets no new accounts; it keeps those that it has")


@backends.command(**example("setup backends fill backend-1"))
@click.argument("name", type=NODE)
@edits.refusals
def fill(name: str) -> None:
    """Give NAME new accounts again."""
    _switch(name, fills=True)
    output.done(f"{name} gets new accounts")


@backends.command(**example("setup backends place"))
@edits.refusals
def place() -> None:
    """Give each account without a backend the one with the fewest accounts."""
    with opened() as connection:
        given = placements.place(connection, placements.unplaced(connection))
    told = ", ".join(f"{amount(count, 'account')} on {name}" for name, count in sorted(given.items()))
    output.done(told or "every account had a backend")


def _switch(name: str, *, fills: bool) -> None:
    with opened() as connection:
        must_know(connection, name)
        connection.many(placements.SWITCH, [{"name": name, "fills": int(fills)}])


def names(connection: Connection) -> list[str]:
    """The names of all backends."""
    return [each.name for each in placements.backends(connection)]


def must_know(connection: Connection, name: str) -> placements.Backend:
    """The backend ``name``; RefusedError if there is none."""
    found = [each for each in placements.backends(connection) if each.name == name]
    if not found:
        raise RefusedError(f"{name} is no backend; there are: {', '.join(names(connection)) or 'none'}")
    return found[0]
