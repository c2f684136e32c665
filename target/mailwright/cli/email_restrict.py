"""setup email restrict: who may not send or receive."""

from __future__ import annotations

import click

from mailwright.apply.editing import ACCESS, RefusedError, config_folder, editing
from mailwright.apply.editing import Changes as Files
from mailwright.cli import arguments
from mailwright.cli.arguments import Mailbox, done, example, told

DIRECTION = click.Choice(list(ACCESS))


@click.group()
def restrict() -> None:
    """Forbid accounts to send or to receive."""


@restrict.command(**example("setup email restrict add send me@example.com"))
@click.argument("direction", type=DIRECTION)
@click.argument("address", type=Mailbox())
@told
def add(direction: str, address: str) -> None:
    """Forbid ADDRESS to send or to receive."""
    with editing(config_folder()) as changes:
        rows = changes.rows(ACCESS[direction])
        if rows.get(address) is not None:
            raise RefusedError(f"{address} may not {direction} already")
        changes.put(ACCESS[direction], address, "REJECT")
    done(f"{address} may not {direction} any more", changes)


@restrict.command("del", **example("setup email restrict del send me@example.com"))
@click.argument("direction", type=DIRECTION)
@click.argument("address", type=Mailbox())
@told
def delete(direction: str, address: str) -> None:
    """Let ADDRESS send or receive again."""
    with editing(config_folder()) as changes:
        rows = changes.rows(ACCESS[direction])
        arguments.refuse_unless(dict(rows), address, ACCESS[direction], "row for")
        changes.drop(ACCESS[direction], address)
    done(f"{address} may {direction} again", changes)


@restrict.command("list", **example("setup email restrict list receive"))
@click.argument("direction", type=DIRECTION, required=False)
@arguments.as_json
@told
def list_(direction: str | None, as_json: bool) -> None:
    """Print who may not send or receive."""
    files = Files(config_folder())
    chosen = [direction] if direction else list(ACCESS)
    rows = [{"address": name, "may not": it, "action": rest} for it in chosen for name, rest in files.rows(ACCESS[it])]
    arguments.show(
        rows, {"address": "address", "may not": "may not", "action": "action"}, as_json, "nobody is restricted"
    )
