"""What the commands of ``setup`` share: their arguments, their questions, their tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

import click
from click.shell_completion import CompletionItem

from mailwright.apply.editing import ACCOUNTS, Changes, ConfigFile, RefusedError, config_folder
from mailwright.core import values
from mailwright.core.problems import Exit

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def example(*lines: str) -> dict[str, Any]:
    """A command's keyword arguments that end its help with ``lines`` as an example each."""
    return {"epilog": "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)}


def told(command: Callable[..., None]) -> Callable[..., None]:
    """``command``, its refusal told on stderr with exit code 1."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except RefusedError as error:
            click.echo(str(error), err=True)
            raise SystemExit(Exit.FINDINGS) from None

    return wrapped


class Mailbox(click.ParamType):
    """The address of a mailbox, in lower case; completed from the accounts that there are."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` checked."""
        try:
            return values.mailbox_address(str(value).strip())
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)

    def shell_complete(self, _ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The accounts that begin so."""
        return [
            CompletionItem(name) for name, _ in Changes(config_folder()).rows(ACCOUNTS) if name.startswith(incomplete)
        ]


class Recipient(click.ParamType):
    """An address that mail can be sent to, or ``@domain``."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` checked."""
        text = str(value).strip()
        try:
            return f"@{values.domain(text[1:])}" if text.startswith("@") else str(values.recipient_address(text))
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


class MailDomain(click.ParamType):
    """A domain name, with or without an @ before it."""

    name = "domain"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` without its @, checked."""
        try:
            return values.domain(str(value).strip().removeprefix("@"))
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


def password(given: str | None, prompt: str = "Password") -> str:
    """The password of the command line, else the first line of a pipe, else what is typed twice."""
    if given:
        return given
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


def hashed(given: str | None) -> str:
    """The hash of a password from wherever it comes; click tells what is wrong with it."""
    from mailwright.formats.passwords import password_hash  # bcrypt, which the lists need not load

    try:
        return password_hash(password(given))
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def must_be_account(changes: Changes, address: str) -> None:
    """RefusedError unless there is such an account."""
    if changes.rows(ACCOUNTS).get(address) is None:
        raise RefusedError(f"there is no account {address}")


def show(rows: Sequence[dict[str, Any]], columns: dict[str, str], in_json: bool, nothing: str) -> None:
    """``rows`` as JSON, or as an aligned table whose ``columns`` are key → heading."""
    if in_json:
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    if not rows:
        click.echo(nothing)
        return
    table = [list(columns.values()), *([_cell(row[key]) for key in columns] for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(columns))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)


def done(what: str, changes: Changes | None = None) -> None:
    """Says what was done and what is doubtful about it, on stderr: stdout is for what was asked for."""
    if changes:
        for warning in changes.warnings:
            click.echo(f"warning: {warning}", err=True)
        changes.warnings = ()
    click.echo(what, err=True)


def refuse_unless(there: Iterable[str], name: str, file: ConfigFile, kind: str) -> None:
    """RefusedError unless ``name`` is among those that are ``there``."""
    if name not in there:
        raise RefusedError(f"{file.name} has no {kind} {name}")
