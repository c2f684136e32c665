"""setup quota: limits of single mailboxes."""

from __future__ import annotations

import click

from mailwright.apply.editing import QUOTAS
from mailwright.cli import edits, output
from mailwright.cli.arguments import MAILBOX, Checked
from mailwright.cli.edits import done, edit
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, example
from mailwright.core import values
from mailwright.observe import dovecot


def _size(text: str) -> str:
    values.byte_size(text)
    if text.isdigit() and int(text):
        raise ValueError("has no unit")  # 500 is rarely meant as bytes; docker-mailserver refuses it too
    return text


SIZE = Checked("size", _size, "such as 500M or 5G")


@click.group(cls=Group)
def quota() -> None:
    """Limit what mailboxes may store."""


@quota.command("set", **example("setup quota set me@example.com 5G", "setup quota set me@example.com 0"))
@click.argument("address", type=MAILBOX)
@click.argument("size", type=SIZE, required=False)
@edits.refusals
def set_(address: str, size: str | None) -> None:
    """Let ADDRESS store SIZE (B, k, M, G, T; 0: no limit) instead of the default. A missing SIZE is asked for."""
    size = size or click.prompt("Size (such as 5G; 0: no limit)", type=SIZE)
    with edit() as changes:
        edits.must_be_account(changes, address)
        changes.put(QUOTAS, address, str(size))
    done(f"{address} may store {size if size != '0' else 'without limit'}", changes)


@quota.command("del", **example("setup quota del me@example.com"))
@click.argument("address", type=MAILBOX)
@edits.refusals
def delete(address: str) -> None:
    """Use the default limit for ADDRESS again."""
    with edit() as changes:
        changes.drop(QUOTAS, address)
    done(f"the default counts for {address}", changes)


@quota.command("list", **example("setup quota list"))
@as_json
@edits.refusals
def list_(as_json: bool) -> None:
    """Print the mailboxes with a limit of their own, and what they store."""
    used = dovecot.quotas()
    rows = [
        {"account": name, "quota_bytes": _bytes(size), **dovecot.usage(used.get(name.lower()))}
        for name, size in edits.current().rows(QUOTAS)
    ]
    columns = {"account": "account", "quota_bytes": "quota", "used_bytes": "used", "percent": "%"}
    output.show(rows, columns, as_json, "no mailbox has a limit of its own", dovecot.FORMATS)


def _bytes(text: str) -> int | None:
    """The size in bytes; None for a row that is a Problem."""
    try:
        return values.byte_size(text)
    except ValueError:
        return None
