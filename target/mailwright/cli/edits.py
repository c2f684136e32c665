"""Edits: what the commands that change the config folder share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from mailwright.apply.editing import ACCOUNTS, Changes, ConfigFile, RefusedError, config_folder, editing
from mailwright.cli import output
from mailwright.core.problems import Exit, errors
from mailwright.host.read import Places, read
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners import chosen
from mailwright.model.provisioners.sql import SqlProvisioner


class Secret(click.Argument):
    """An argument that is named in no log line and in no history."""


def refusals(command: Callable[..., None]) -> Callable[..., None]:
    """``command``, its refusal printed on stderr, with exit code 1."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except RefusedError as error:
            output.say(str(error), "error", err=True)
            raise SystemExit(Exit.FINDINGS) from None

    return wrapped


def current() -> Changes:
    """The config folder's files, or the database of accounts, to be read only."""
    return opened(config_folder())


def opened(config: Path) -> Changes:
    """Changes to accounts where they are: in files, in a database of ours, or where no command can change them."""
    reading = read(Places(config), os.environ)
    if reading.settings.accounts_in_files:
        return Changes(config, user_keys=reading.settings.mail_crypt == "user")
    provisioner, problems = chosen.provisioner(reading, ConfigFolder(reading.sources.config))
    if not isinstance(provisioner, SqlProvisioner) or not provisioner.can_edit:
        return Changes(config, provisioner.place)
    if wrong := errors(problems):
        raise RefusedError("\n".join(map(str, wrong)))
    from mailwright.apply import sql_editing  # with the services and their templates, which no file needs

    lookups, placed = provisioner.lookups, reading.settings.role != "all"
    return sql_editing.opened(config, lookups.database, placed=placed, node=lookups.node)


@contextmanager
def edit() -> Iterator[Changes]:
    """Changes by this command; saved and live at the end, or RefusedError."""
    with editing(config_folder(), command_line(), opened) as changes:
        yield changes


def done(what: str, changes: Changes) -> None:
    """``what`` was done is on stderr, after the warnings about the configuration with ``changes``."""
    output.done(what, changes.warnings)
    changes.warnings = ()


def command_line() -> str:
    """The running command without its options and secrets: the cause of the pass that it asks for."""
    context = click.get_current_context()
    words = ["setup", *_path(context)]
    for parameter in context.command.params:
        if isinstance(parameter, click.Argument) and not isinstance(parameter, Secret):
            value = context.params.get(parameter.name or "")
            words += [_word(one) for one in (value if isinstance(value, tuple) else (value,)) if one is not None]
    return " ".join(words)


def _path(context: click.Context) -> list[str]:
    """The names of the groups and of the command, without the program's own name."""
    return [*_path(context.parent), str(context.info_name)] if context.parent else []


def _word(value: object) -> str:
    """An argument's text; the name of a file, - for a pipe."""
    if isinstance(value, str | int):
        return str(value)
    name = getattr(value, "name", "-")
    return name if isinstance(name, str) and not name.startswith("<") else "-"


def must_be_account(changes: Changes, address: str) -> None:
    """RefusedError unless there is such an account."""
    if changes.rows(ACCOUNTS).get(address) is None:
        raise RefusedError(f"there is no account {address}")


def refuse_unless(present: Iterable[str], name: str, file: ConfigFile, kind: str) -> None:
    """RefusedError unless ``name`` is among those ``present``."""
    if name not in present:
        raise RefusedError(f"{file.name} has no {kind} {name}")
