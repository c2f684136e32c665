"""setup alias: the virtual aliases."""

from __future__ import annotations

import click

from mailwright.apply.editing import ALIASES, Changes, RefusedError, config_folder, editing
from mailwright.cli import arguments
from mailwright.cli.arguments import Recipient, done, example, told

RECIPIENT = Recipient()


@click.group()
def alias() -> None:
    """Add, remove and list aliases."""


@alias.command(
    **example("setup alias add info@example.com me@example.com", "setup alias add @example.com me@example.com")
)
@click.argument("alias", type=RECIPIENT)
@click.argument("recipient", type=RECIPIENT)
@told
def add(alias: str, recipient: str) -> None:
    """Let mail for ALIAS go to RECIPIENT, too if ALIAS has recipients already."""
    alias = alias.lower()
    with editing(config_folder()) as changes:
        recipients = changes.recipients().get(alias, [])
        if recipient in recipients:
            raise RefusedError(f"{alias} leads to {recipient} already")
        changes.lead(alias, [*recipients, recipient])
    done(f"{alias} leads to {', '.join([*recipients, recipient])}", changes)


@alias.command("del", **example("setup alias del info@example.com me@example.com"))
@click.argument("alias", type=RECIPIENT)
@click.argument("recipient", type=RECIPIENT)
@told
def delete(alias: str, recipient: str) -> None:
    """Let mail for ALIAS go to RECIPIENT no more; without recipients ALIAS is gone."""
    alias = alias.lower()
    with editing(config_folder()) as changes:
        recipients = changes.recipients().get(alias, [])
        arguments.refuse_unless(recipients, recipient, ALIASES, f"alias {alias} to")
        left = [it for it in recipients if it != recipient]
        changes.lead(alias, left)
    done(f"{alias} leads to {', '.join(left)}" if left else f"removed {alias}", changes)


@alias.command("list", **example("setup alias list --json"))
@arguments.as_json
@told
def list_(as_json: bool) -> None:
    """Print the aliases and where they lead."""
    rows = [{"alias": name, "recipients": to} for name, to in Changes(config_folder()).recipients().items()]
    arguments.show(rows, {"alias": "alias", "recipients": "recipients"}, as_json, "no aliases yet")
