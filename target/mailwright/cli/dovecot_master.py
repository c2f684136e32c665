"""setup dovecot-master: users that may log in to every mailbox."""

from __future__ import annotations

import re
import sys

import click

from mailwright.apply.editing import MASTERS, RefusedError
from mailwright.apply.sessions import kick
from mailwright.cli import arguments, edits, output
from mailwright.cli.arguments import Checked
from mailwright.cli.edits import Secret, done, edit
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, example

NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError("has characters other than letters, digits and . _ -")
    return text


MASTER_NAME = Checked("name", _name)


@click.group(cls=Group)
def masters() -> None:
    """Add, change, remove and list Dovecot's master users, who log in as ADDRESS*NAME."""


@masters.command(**example("setup dovecot-master add admin"))
@click.argument("name", type=MASTER_NAME)
@click.argument("password", cls=Secret, required=False)
@edits.refusals
def add(name: str, password: str | None) -> None:
    """Add the master user NAME, who can log in to every mailbox as ADDRESS*NAME."""
    hashed = arguments.hashed(password)
    with edit() as changes:
        if changes.rows(MASTERS).get(name) is not None:
            raise RefusedError(f"{name} is a master user already")
        changes.put(MASTERS, name, hashed)
    done(f"added the master user {name}", changes)


@masters.command(**example("setup dovecot-master update admin"))
@click.argument("name", type=MASTER_NAME)
@click.argument("password", cls=Secret, required=False)
@edits.refusals
def update(name: str, password: str | None) -> None:
    """Give the master user NAME a new password."""
    hashed = arguments.hashed(password)
    with edit() as changes:
        rows = changes.rows(MASTERS)
        edits.refuse_unless(dict(rows), name, MASTERS, "master user")
        changes.put(MASTERS, name, hashed)
    done(f"changed the password of {name}", changes)


@masters.command("del", **example("setup dovecot-master del admin"))
@click.argument("names", type=MASTER_NAME, nargs=-1, required=True)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
@edits.refusals
def delete(names: tuple[str, ...], yes: bool) -> None:
    """Remove the master users NAMES."""
    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove {', '.join(names)}?", abort=True)
    with edit() as changes:
        for name in names:
            edits.refuse_unless(dict(changes.rows(MASTERS)), name, MASTERS, "master user")
            changes.drop(MASTERS, name)
    for name in names:
        kick(f"*{name}")
    done(f"removed {', '.join(names)}", changes)


@masters.command("list", **example("setup dovecot-master list"))
@as_json
@edits.refusals
def list_(as_json: bool) -> None:
    """Print the master users."""
    rows = [{"name": name} for name, _ in edits.current().rows(MASTERS)]
    if not output.show_as_in_dms(rows, as_json, lambda row: str(row["name"])):
        output.show(rows, {"name": "master user"}, as_json, "no master users")
