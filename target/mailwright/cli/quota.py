"""setup quota: limits of single mailboxes."""

from __future__ import annotations

from typing import Any

import click

from mailwright.apply.editing import QUOTAS, Changes, config_folder, editing
from mailwright.cli import arguments
from mailwright.cli.arguments import Mailbox, done, example, told
from mailwright.core import values
from mailwright.observe import dovecot


class Size(click.ParamType):
    """A size as Dovecot takes it: ``500M``, ``5G``; 0 is no limit."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` checked."""
        try:
            values.byte_size(str(value))
        except ValueError as error:
            self.fail(f"{value!r} {error} (such as 500M or 5G)", param, ctx)
        return str(value).strip()


@click.group()
def quota() -> None:
    """Limit what mailboxes may store."""


@quota.command("set", **example("setup quota set me@example.com 5G", "setup quota set me@example.com 0"))
@click.argument("address", type=Mailbox())
@click.argument("size", type=Size(), required=False)
@told
def set_(address: str, size: str | None) -> None:
    """Let ADDRESS store SIZE (B, k, M, G, T; 0: no limit), whatever the default is; asked for when it is not given."""
    size = size or click.prompt("Size (such as 5G; 0: no limit)", type=Size())
    with editing(config_folder()) as changes:
        arguments.must_be_account(changes, address)
        changes.put(QUOTAS, address, str(size))
    done(f"{address} may store {size if size != '0' else 'without limit'}", changes)


@quota.command("del", **example("setup quota del me@example.com"))
@click.argument("address", type=Mailbox())
@told
def delete(address: str) -> None:
    """Let the default count for ADDRESS again."""
    with editing(config_folder()) as changes:
        rows = changes.rows(QUOTAS)
        arguments.refuse_unless(dict(rows), address, QUOTAS, "quota of")
        changes.drop(QUOTAS, address)
    done(f"the default counts for {address}", changes)


@quota.command("list", **example("setup quota list"))
@arguments.as_json
@told
def list_(as_json: bool) -> None:
    """Print the mailboxes with a limit of their own, and what they store."""
    used = dovecot.quotas()
    rows = [
        {"account": name, "quota": size, **dovecot.shown(used.get(name.lower()))}
        for name, size in Changes(config_folder()).rows(QUOTAS)
    ]
    columns = {"account": "account", "quota": "quota", "used": "used", "percent": "%"}
    arguments.show(rows, columns, as_json, "no mailbox has a limit of its own")
