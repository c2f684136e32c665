"""setup email restrict: who may not send or receive."""

from __future__ import annotations

import click

from mailwright.apply.editing import ACCESS, RefusedError
from mailwright.cli import edits, output
from mailwright.cli.arguments import MAILBOX
from mailwright.cli.edits import done, edit
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, example
from mailwright.core.problems import Exit

DIRECTION = click.Choice(list(ACCESS))


@click.group(cls=Group, invoke_without_command=True)
@click.pass_context
def restrict(ctx: click.Context) -> None:
    """Forbid accounts to send or to receive."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        raise SystemExit(Exit.FINDINGS)


@restrict.command(**example("setup email restrict add send me@example.com"))
@click.argument("direction", type=DIRECTION)
@click.argument("address", type=MAILBOX)
@edits.refusals
def add(direction: str, address: str) -> None:
    """Forbid ADDRESS to send or to receive."""
    with edit() as changes:
        rows = changes.rows(ACCESS[direction])
        if rows.get(address) is not None:
            raise RefusedError(f"{address} may not {direction} already")
        changes.put(ACCESS[direction], address, "REJECT")
    done(f"{address} may not {direction} any more", changes)


@restrict.command("del", **example("setup email restrict del send me@example.com"))
@click.argument("direction", type=DIRECTION)
@click.argument("address", type=MAILBOX)
@edits.refusals
def delete(direction: str, address: str) -> None:
    """Let ADDRESS send or receive again."""
    with edit() as changes:
        changes.drop(ACCESS[direction], address)
    done(f"{address} may {direction} again", changes)


@restrict.command("list", **example("setup email restrict list receive"))
@click.argument("direction", type=DIRECTION, required=False)
@as_json
@edits.refusals
def list_(direction: str | None, as_json: bool) -> None:
    """Print who may not send or receive."""
    changes = edits.current()
    rows = [
        {"address": name, "may_not": one, "action": rest}
        for one in ([direction] if direction else ACCESS)
        for name, rest in changes.rows(ACCESS[one])
    ]
    output.show(rows, {"address": "address", "may_not": "may not", "action": "action"}, as_json, "nobody is restricted")
