"""setup import: accounts, aliases and keys of another mail server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from mailwright.apply import user_keys
from mailwright.apply.editing import ACCOUNTS, Changes, RefusedError, config_folder
from mailwright.apply.importing import Plan, plan
from mailwright.cli import edits, output
from mailwright.cli.edits import done, edit
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, example
from mailwright.core.values import amount
from mailwright.host import foreign_server
from mailwright.host.read import read_folder
from mailwright.model.imports import dms, mailcow, mailinabox, mailu
from mailwright.model.imports.found import Found, NotOursError

ITEMS = {"action": "action", "kind": "what", "name": "name", "value": "value", "reason": "reason"}
LEFT = {"kind": "what", "name": "name", "reason": "reason"}
# The commands that copy the mail, by server.
COPY = {"dms": dms.COPY, "mailcow": mailcow.COPY, "mailu": mailu.COPY, "mailinabox": mailinabox.COPY}
Command = Callable[..., None]


@click.group("import", cls=Group)
def import_() -> None:
    """Take over accounts, aliases and keys of another mail server."""


def _options(command: Command) -> Command:
    """``command`` with the argument and the options of all servers."""
    for decorate in (
        edits.refusals,
        as_json,
        click.option("--update", is_flag=True, help="Where both have a value, take the other server's."),
        click.option("--no-sieve", is_flag=True, help="Leave the Sieve scripts of accounts out."),
        click.option("--yes", is_flag=True, help="Change this server. Without it nothing is changed."),
        click.argument("path", type=click.Path(path_type=Path)),
    ):
        command = decorate(command)
    return command


@import_.command("dms", **example("setup import dms /tmp/docker-mailserver/.import"))
@_options
def from_dms(path: Path, **options: Any) -> None:
    """Read docker-mailserver's config folder PATH.

    If this server has no accounts yet, mount that folder in place of yours instead: nothing has to be imported then.
    """
    if path.is_dir() and path.resolve() == config_folder().resolve():
        output.say("this is the config folder of this server: its files are in use already, nothing has to be imported")
        return
    _import("dms", path, **options)


@import_.command("mailcow", **example("setup import mailcow /tmp/docker-mailserver/.import"))
@_options
def from_mailcow(path: Path, **options: Any) -> None:
    """Read mailcow's database and keys from PATH.

    PATH is a folder with one *.sql, made by mysqldump, and dkim.txt, made by redis-cli; or the *.sql.
    """
    _import("mailcow", path, **options)


@import_.command("mailu", **example("setup import mailu /tmp/docker-mailserver/.import/mailu.json"))
@_options
def from_mailu(path: Path, **options: Any) -> None:
    """Read what Mailu exports, or its database, from PATH.

    PATH is the output of config-export --full --secrets --dns --json, or Mailu's folder with data/main.db and dkim/.
    """
    _import("mailu", path, **options)


@import_.command("mailinabox", **example("setup import mailinabox /tmp/docker-mailserver/.import"))
@_options
def from_mailinabox(path: Path, **options: Any) -> None:
    """Read the database and the key of Mail-in-a-Box from PATH, a copy of /home/user-data."""
    _import("mailinabox", path, **options)


def _import(server: str, path: Path, yes: bool, no_sieve: bool, **options: bool) -> None:
    try:
        found = foreign_server.read(server, path)
    except NotOursError as error:
        raise RefusedError(str(error)) from None
    if no_sieve:
        found.leave_scripts()
    update, as_json = options["update"], options["as_json"]
    if not yes:
        _show(_planned(found, edits.current(), update), as_json)
        return
    with edit() as changes:
        planned = _planned(found, changes, update)
        user_keys.refuse_hashes(changes, planned.rows.get(ACCOUNTS, ()))
        planned.carry_out()
    _show(planned, as_json, yes)
    if planned.is_empty:
        output.say("nothing to do", "ok", err=True)
    else:
        done(f"imported from {server}: {_told(planned)}", changes)


def _planned(found: Found, changes: Changes, update: bool) -> Plan:
    return plan(found, changes, read_folder(config_folder()), update)


def _told(planned: Plan) -> str:
    """How many of each kind are added or changed."""
    counts: dict[str, int] = {}
    for item in planned.items:
        if item.action != "keep":
            counts[item.kind] = counts.get(item.kind, 0) + 1
    return ", ".join(amount(number, kind, PLURALS.get(kind, "")) for kind, number in counts.items())


PLURALS = {
    "alias": "aliases",
    "regexp alias": "regexp aliases",
    "may not send": "may not send",
    "may not receive": "may not receive",
}


def _show(planned: Plan, in_json: bool, yes: bool = False) -> None:
    items, left = [item._asdict() for item in planned.items], [one._asdict() for one in planned.left]
    copy = COPY[planned.found.server]
    if in_json:
        output.show_json({"items": items, "same": planned.same, "left": left, "copy": copy})
        return
    output.show(items, ITEMS, in_json, "nothing to add")
    _say_left(left)
    output.say("\nCopy the mail with:")
    output.show_lines(map(output.styled, copy))
    if planned.same:
        output.say(f"\n{amount(planned.same, 'item')} of it {'is' if planned.same == 1 else 'are'} here already")
    if not yes:
        output.say(
            "\nnothing has changed; " + ("nothing to do" if planned.is_empty else "add --yes to change this server")
        )


def _say_left(left: Sequence[dict[str, Any]]) -> None:
    if left:
        output.say("\nWhat stays behind:")
        output.show(left, LEFT, False, "")
