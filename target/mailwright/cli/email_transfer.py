"""setup email import and export: many accounts at once, with their aliases, quotas and restrictions."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from mailwright.apply import user_keys
from mailwright.apply.editing import ACCESS, ACCOUNTS, ALIASES, APP_PASSWORDS, QUOTAS, Changes, ConfigFile, RefusedError
from mailwright.cli import edits
from mailwright.cli.edits import done, edit
from mailwright.cli.output import example
from mailwright.core import values
from mailwright.core.problems import counted, errors
from mailwright.core.textfile import TextFile, decode
from mailwright.core.values import amount
from mailwright.formats.access import REFUSAL
from mailwright.formats.accounts import accounts
from mailwright.formats.app_passwords import app_passwords
from mailwright.formats.passwords import as_hash

# The columns of CSV, and the file of the config folder that a column is a row of.
COLUMNS: Mapping[str, ConfigFile] = {
    "password": ACCOUNTS,
    "quota": QUOTAS,
    "recipients": ALIASES,
    "send": ACCESS["send"],
    "receive": ACCESS["receive"],
    "app_passwords": APP_PASSWORDS,
}


@dataclass
class Moved:
    """What is moved: for each file of the config folder, the rests of its rows by name."""

    rows: dict[ConfigFile, dict[str, str]] = field(default_factory=lambda: {file: {} for file in COLUMNS.values()})
    passwords: dict[str, str] = field(default_factory=dict, repr=False)  # in clear text, as far as they are

    @property
    def told(self) -> str:
        """What it is, as the message says."""
        aliases = f" and {amount(len(self.rows[ALIASES]), 'alias', 'aliases')}" if self.rows[ALIASES] else ""
        return amount(len(self.rows[ACCOUNTS]), "account") + aliases


@click.command("import", **example("setup email import people.csv", "setup email import old/postfix-accounts.cf"))
@click.argument("file", type=click.File("rb"))
@click.option("--update", is_flag=True, help="Change accounts and aliases that exist already.")
@edits.refusals
def import_(file: io.BufferedReader, update: bool) -> None:
    """Add everything in FILE (- is a pipe), or nothing.

    FILE is what `setup email export` printed, a postfix-accounts.cf, or CSV with a heading: address, and what you like
    of password (in clear text or as {SCHEME}hash), quota, recipients (of an alias, separated by blanks), send and
    receive (REJECT: may not), and app_passwords (NAME:{SHA256.HEX}hash:protocols, separated by blanks).
    """
    name = Path(str(getattr(file, "name", "input"))).name
    moved = _read(name, file.read())
    with edit() as changes:
        if not update:
            _refuse_known(changes, moved)
        there = {name for name in moved.rows[ACCOUNTS] if changes.rows(ACCOUNTS).get(name) is not None}
        user_keys.refuse_hashes(changes, there.union(moved.rows[ACCOUNTS].keys() - moved.passwords.keys()))
        for target, rows in moved.rows.items():
            if rows:
                changes.change(target, changes.rows(target).with_all(rows))
        for address, password in moved.passwords.items() if changes.user_keys else ():
            user_keys.provide(address, password)
    done(f"imported {moved.told}", changes)


def _refuse_known(changes: Changes, moved: Moved) -> None:
    """RefusedError if an account or alias exists already, under either kind's name."""
    for file, kind, kinds in ((ACCOUNTS, "account", ""), (ALIASES, "alias", "aliases")):
        if not moved.rows[file]:
            continue
        existing = {name.lower() for name, _ in changes.rows(file)}
        if known := [name for name in moved.rows[file] if name in existing]:
            listed = ", ".join(known[:5]) + (" …" if len(known) > 5 else "")
            already = f"{amount(len(known), kind, kinds)} {'exists' if len(known) == 1 else 'exist'}"
            raise RefusedError(f"{already} already ({listed}); nothing was added (see --update)")


def _read(name: str, content: bytes) -> Moved:
    """What a file has; RefusedError names every Problem with it."""
    text, problems = decode(name, content)
    if problems:
        raise RefusedError("\n".join(map(str, problems)))
    first = next((row for _, row in text.rows()), "")
    if "|" not in first:
        return _csv(name, text.text)
    parsed, problems = accounts(text)
    if errors(problems):
        raise RefusedError("\n".join([*map(str, errors(problems)), f"{counted(errors(problems))}; nothing was added"]))
    moved = Moved()
    moved.rows[ACCOUNTS] = {str(one.address): f"{one.password_hash}|{one.extra}".rstrip("|") for one in parsed}
    return moved


def _csv(name: str, text: str) -> Moved:
    reader = csv.DictReader(io.StringIO(text), skipinitialspace=True)
    heads = [head.strip().lower() for head in reader.fieldnames or []]
    if "address" not in heads or not {"password", "recipients"} & set(heads):
        raise RefusedError(
            f"{name}:1: is neither a postfix-accounts.cf nor CSV with the heading address,password[,quota]"
        )
    reader.fieldnames = heads
    moved, problems = Moved(), []
    lines = [(reader.line_num, line) for line in reader]
    with click.progressbar(lines, label="hashes", file=sys.stderr) as bar:
        for number, line in bar:
            try:
                _add(moved, {key: (value or "").strip() for key, value in line.items() if isinstance(value, str)})
            except ValueError as error:
                problems.append(f"{name}:{number}: {error}")
    if problems:
        raise RefusedError("\n".join([*problems, f"{amount(len(problems), 'problem')}; nothing was added"]))
    return moved


def _add(moved: Moved, line: Mapping[str, str]) -> None:
    """``moved`` has what a line says; ValueError with what is wrong with it."""
    given = line.get("address", "")
    cells = {key: line[key] for key in COLUMNS if line.get(key)}
    if not {"recipients", "send", "receive"} & cells.keys() or {"quota", "app_passwords"} & cells.keys():
        cells.setdefault("password", "")  # an account without a password is a mistake
    address = _address(given, is_account="password" in cells)
    for key, cell in cells.items():
        rows = moved.rows[COLUMNS[key]]
        for name, rest in (
            _programs(address, cell) if key == "app_passwords" else [(address, _rest(address, key, cell))]
        ):
            if name in rows:
                raise ValueError(f"{name} is in this file twice")
            rows[name] = rest
        if key == "password" and not cell.startswith("{"):
            moved.passwords[address] = cell


def _address(given: str, *, is_account: bool) -> str:
    try:
        if is_account:
            return str(values.mailbox_address(given))
        if given.startswith("@"):
            return f"@{values.domain(given[1:])}"
        return str(values.recipient_address(given)).lower()
    except ValueError as error:
        raise ValueError(f"{given!r} {error}") from None


def _rest(address: str, key: str, cell: str) -> str:
    """A cell as the file of its column has it; ValueError with what is wrong with it."""
    if key == "password":
        return as_hash(cell)
    if key == "quota":
        values.byte_size(cell)
        return cell
    if key == "recipients":
        return ",".join(_recipients(address, cell))
    if not REFUSAL.fullmatch(cell):
        raise ValueError(f"{key}: {cell!r} is not REJECT, DEFER, or a code from 400 to 599 with a text")
    return cell


def _programs(address: str, cell: str) -> Iterator[tuple[str, str]]:
    """The rows of app passwords: ``NAME:{SHA256.HEX}hash`` or ``NAME:{SHA256.HEX}hash:imap,submission``, by blanks."""
    for word in cell.split():
        name, _, rest = word.partition(":")
        row = app_passwords(TextFile("app_passwords", f"{address}/{name}|{rest.replace(':', '|')}\n"))
        if row[1]:
            raise ValueError(row[1][0].what)
        yield f"{address}/{name}", rest.replace(":", "|")


def _recipients(alias: str, cell: str) -> Iterable[str]:
    for word in cell.replace(",", " ").split():
        if not word.startswith("@") or not alias.startswith("@"):
            yield str(values.recipient_address(word))
        else:
            yield f"@{values.domain(word[1:])}"


@click.command(
    "export", **example("setup email export > accounts.csv", "setup email export --format cf > postfix-accounts.cf")
)
@click.option("--format", "form", type=click.Choice(["csv", "cf"]), default="csv", show_default=True)
@edits.refusals
def export(form: str) -> None:
    """Print all accounts with their hashes, so that `setup email import` takes them elsewhere.

    CSV has quotas, aliases, restrictions and the hashes of app passwords too. It is how accounts move from files to a
    database, and back.
    """
    changes = edits.current()
    output = io.StringIO()
    if form == "cf":
        output.writelines(f"{name}|{rest}\n" for name, rest in changes.rows(ACCOUNTS))
    else:
        csv.writer(output, lineterminator="\n").writerows(_table(changes))
    click.echo(output.getvalue(), nl=False)


def _table(changes: Changes) -> Iterator[list[str]]:
    """The rows of CSV: accounts in their order, then aliases and restrictions of others."""
    cells: dict[str, dict[str, str]] = {}
    for name, rest in changes.rows(ACCOUNTS):
        cells.setdefault(name.lower(), {})["password"] = rest.partition("|")[0]
    for name, recipients in changes.recipients().items():
        cells.setdefault(name, {})["recipients"] = " ".join(recipients)
    for key, rest in changes.rows(APP_PASSWORDS):
        name, _, program = key.rpartition("/")
        if name.lower() in cells:
            row, word = cells[name.lower()], f"{program}:{rest.replace('|', ':')}"
            row["app_passwords"] = f"{row.get('app_passwords', '')} {word}".strip()
    for key, file in COLUMNS.items():
        for name, rest in changes.rows(file) if key in ("quota", "send", "receive") else ():
            if key != "quota" or name.lower() in cells:
                cells.setdefault(name.lower(), {})[key] = rest
    yield ["address", *COLUMNS]
    for name, row in cells.items():
        yield [name, *(row.get(key, "") for key in COLUMNS)]
