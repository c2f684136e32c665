"""setup alias: the virtual aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from mailwright.apply.editing import RefusedError
from mailwright.cli import edits, output
from mailwright.cli.arguments import RECIPIENT
from mailwright.cli.edits import done, edit
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, example


@click.group(cls=Group)
def alias() -> None:
    """Add, remove and list aliases."""


@alias.command(
    **example("setup alias add info@example.com me@example.com", "setup alias add @example.com me@example.com")
)
@click.argument("alias", type=RECIPIENT)
@click.argument("recipient", type=RECIPIENT)
@edits.refusals
def add(alias: str, recipient: str) -> None:
    """Deliver mail for ALIAS to RECIPIENT as well."""
    alias = alias.lower()
    with edit() as changes:
        recipients = changes.recipients().get(alias, [])
        if recipient in recipients:
            raise RefusedError(f"{alias} leads to {recipient} already")
        changes.lead(alias, [*recipients, recipient])
    done(f"{alias} leads to {', '.join([*recipients, recipient])}", changes)


@alias.command("del", **example("setup alias del info@example.com me@example.com"))
@click.argument("alias", type=RECIPIENT)
@click.argument("recipient", type=RECIPIENT)
@edits.refusals
def delete(alias: str, recipient: str) -> None:
    """Stop delivering mail for ALIAS to RECIPIENT; an ALIAS without recipients is removed."""
    alias = alias.lower()
    with edit() as changes:
        recipients = changes.recipients().get(alias, [])
        absent = recipient not in recipients
        left = [one for one in recipients if one != recipient]
        if not absent:
            changes.lead(alias, left)
    if absent:
        done(f"{alias} does not lead to {recipient}; nothing to do", changes)
        return
    done(f"{alias} leads to {', '.join(left)}" if left else f"removed {alias}", changes)


@alias.command("list", **example("setup alias list --json"))
@as_json
@edits.refusals
def list_(as_json: bool) -> None:
    """Print the aliases and where they lead."""
    rows = [{"alias": name, "recipients": to} for name, to in edits.current().recipients().items()]
    if not output.show_as_in_dms(rows, as_json, _as_in_dms):
        output.show(rows, {"alias": "alias", "recipients": "recipients"}, as_json, "no aliases yet")


def _as_in_dms(row: Mapping[str, Any]) -> str:
    return f"{row['alias']} {','.join(row['recipients'])}"
