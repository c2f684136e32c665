"""setup dovecot-master: users that may log in to every mailbox."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from mailwright.apply.editing import MASTERS, Changes, RefusedError, config_folder, editing
from mailwright.cli import arguments
from mailwright.cli.arguments import done, example, told
from mailwright.observe import dovecot

NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)


class MasterName(click.ParamType):
    """The name of a master user."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` checked."""
        if not NAME.fullmatch(str(value)):
            self.fail(f"{value!r} has characters other than letters, digits and . _ -", param, ctx)
        return str(value)


@click.group()
def masters() -> None:
    """Add, change, remove and list Dovecot's master users, who log in as ADDRESS*NAME."""


@masters.command(**example("setup dovecot-master add admin"))
@click.argument("name", type=MasterName())
@click.argument("password", required=False)
@told
def add(name: str, password: str | None) -> None:
    """Add the master user NAME, who can log in to every mailbox as ADDRESS*NAME."""
    hashed = arguments.hashed(password)
    with editing(config_folder()) as changes:
        if changes.rows(MASTERS).get(name) is not None:
            raise RefusedError(f"{name} is a master user already")
        changes.put(MASTERS, name, hashed)
    done(f"added the master user {name}", changes)


@masters.command(**example("setup dovecot-master update admin"))
@click.argument("name", type=MasterName())
@click.argument("password", required=False)
@told
def update(name: str, password: str | None) -> None:
    """Give the master user NAME a new password."""
    hashed = arguments.hashed(password)
    with editing(config_folder()) as changes:
        rows = changes.rows(MASTERS)
        arguments.refuse_unless(dict(rows), name, MASTERS, "master user")
        changes.put(MASTERS, name, hashed)
    done(f"changed the password of {name}", changes)


@masters.command("del", **example("setup dovecot-master del admin"))
@click.argument("names", type=MasterName(), nargs=-1, required=True)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing.")
@told
def delete(names: tuple[str, ...], yes: bool) -> None:
    """Remove the master users NAMES."""
    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove {', '.join(names)}?", abort=True)
    with editing(config_folder()) as changes:
        for name in names:
            arguments.refuse_unless(dict(changes.rows(MASTERS)), name, MASTERS, "master user")
            changes.drop(MASTERS, name)
    for name in names:
        dovecot.kick(f"*{name}")
    done(f"removed {', '.join(names)}", changes)


@masters.command("list", **example("setup dovecot-master list"))
@arguments.as_json
@told
def list_(as_json: bool) -> None:
    """Print the master users."""
    rows = [{"name": name} for name, _ in Changes(config_folder()).rows(MASTERS)]
    arguments.show(rows, {"name": "master user"}, as_json, "no master users")
