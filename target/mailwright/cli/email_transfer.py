"""setup email import and export: many accounts at once."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from mailwright.apply.editing import ACCOUNTS, QUOTAS, RefusedError
from mailwright.cli import edits
from mailwright.cli.edits import done, edit
from mailwright.cli.output import example
from mailwright.core import values
from mailwright.core.problems import counted, errors
from mailwright.core.textfile import decode
from mailwright.core.values import amount
from mailwright.formats.accounts import accounts
from mailwright.formats.passwords import as_hash
from mailwright.formats.rows import Rows

Row = tuple[str, str, str]  # address, hash and fields, quota


@click.command("import", **example("setup email import people.csv", "setup email import old/postfix-accounts.cf"))
@click.argument("file", type=click.File("rb"))
@click.option("--update", is_flag=True, help="Give accounts that exist already the new password.")
@edits.refusals
def import_(file: io.BufferedReader, update: bool) -> None:
    """Add all accounts of FILE (- is a pipe), or none.

    FILE is a postfix-accounts.cf, or CSV with a heading: address, password (in clear text or as {SCHEME}hash), and
    if you like quota.
    """
    name = Path(str(getattr(file, "name", "input"))).name
    rows = list(_rows(name, file.read()))
    with edit() as changes:
        existing = {address.lower() for address, _ in changes.rows(ACCOUNTS)}
        known = [address for address, _, _ in rows if address in existing]
        if known and not update:
            listed = ", ".join(known[:5]) + (" …" if len(known) > 5 else "")
            already = f"{amount(len(known), 'account')} {'exists' if len(known) == 1 else 'exist'}"
            raise RefusedError(f"{already} already ({listed}); nothing was added (see --update)")
        changes.change(ACCOUNTS, _merged(changes.rows(ACCOUNTS), {address: rest for address, rest, _ in rows}))
        changes.change(QUOTAS, _merged(changes.rows(QUOTAS), {address: quota for address, _, quota in rows if quota}))
    done(f"imported {amount(len(rows), 'account')}", changes)


def _merged(rows: Rows, new: dict[str, str]) -> Rows:
    """``rows`` with ``new`` ones, in one go: a hundred thousand single edits would take minutes."""
    if len(new) < 20:
        for name, rest in new.items():
            rows = rows.put(name, rest)
        return rows
    kept = []
    for line in rows.text.splitlines(keepends=True):
        name = "" if line.lstrip().startswith("#") else line.partition(rows.glue)[0].strip().lower()
        end = line[len(line.rstrip("\r\n")) :]
        kept.append(f"{name}{rows.glue}{new.pop(name)}{end}" if name in new else line)
    text = "".join(kept)
    gap = "\n" if text and not text.endswith("\n") else ""
    return Rows(text + gap + "".join(f"{name}{rows.glue}{rest}\n" for name, rest in new.items()), rows.glue)


def _rows(name: str, content: bytes) -> Iterator[Row]:
    """The accounts of a file; RefusedError names every Problem with it."""
    text, problems = decode(name, content)
    if problems:
        raise RefusedError("\n".join(map(str, problems)))
    first = next((row for _, row in text.rows()), "")
    if "|" in first:
        parsed, problems = accounts(text)
        if errors(problems):
            raise RefusedError(
                "\n".join([*map(str, errors(problems)), f"{counted(errors(problems))}; nothing was added"])
            )
        yield from ((one.address, f"{one.password_hash}|{one.extra}".rstrip("|"), "") for one in parsed)
        return
    yield from _csv(name, text.text)


def _csv(name: str, text: str) -> Iterator[Row]:
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    heads = [head.strip().lower() for head in reader.fieldnames or []]
    if not {"address", "password"} <= set(heads):
        raise RefusedError(
            f"{name}:1: is neither a postfix-accounts.cf nor CSV with the heading address,password[,quota]"
        )
    reader.fieldnames = heads
    lines = [(reader.line_num, line) for line in reader]
    problems, rows, seen = [], [], set[str]()
    with click.progressbar(lines, label="hashes", file=sys.stderr) as bar:
        for number, line in bar:
            try:
                rows.append(_account(line, seen))
            except ValueError as error:
                problems.append(f"{name}:{number}: {error}")
    if problems:
        raise RefusedError("\n".join([*problems, f"{amount(len(problems), 'problem')}; nothing was added"]))
    yield from rows


def _account(line: dict[str, str | None], seen: set[str]) -> Row:
    given, secret, quota = ((line.get(key) or "").strip() for key in ("address", "password", "quota"))
    try:
        address = values.mailbox_address(given)
    except ValueError as error:
        raise ValueError(f"{given!r} {error}") from None
    if address in seen:
        raise ValueError(f"{address} stands here twice")
    seen.add(address)
    if quota:
        values.byte_size(quota)
    return address, as_hash(secret), quota


@click.command(
    "export", **example("setup email export > accounts.csv", "setup email export --format cf > postfix-accounts.cf")
)
@click.option("--format", "form", type=click.Choice(["csv", "cf"]), default="csv", show_default=True)
@edits.refusals
def export(form: str) -> None:
    """Print all accounts with their hashes, so that `setup email import` takes them elsewhere."""
    changes = edits.current()
    quotas = dict(changes.rows(QUOTAS))
    output = io.StringIO()
    writer = csv.writer(output, lineterminator="\n")
    if form == "csv":
        writer.writerow(["address", "password", "quota"])
    for name, rest in changes.rows(ACCOUNTS):
        if form == "csv":
            writer.writerow([name, rest.partition("|")[0], quotas.get(name, "")])
        else:
            output.write(f"{name}|{rest}\n")
    click.echo(output.getvalue(), nl=False)
