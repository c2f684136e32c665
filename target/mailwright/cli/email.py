"""setup email: the accounts."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from mailwright.apply.editing import ACCESS, ACCOUNTS, ALIASES, QUOTAS, Changes, RefusedError, config_folder, editing
from mailwright.cli import arguments
from mailwright.cli.arguments import Mailbox, done, example, told
from mailwright.cli.lazy import LazyGroup
from mailwright.core import paths
from mailwright.core.values import Address
from mailwright.observe import dovecot

MAILBOX = Mailbox()


@click.group(
    cls=LazyGroup,
    lazy={"restrict": "email_restrict:restrict", "import": "email_transfer:import_", "export": "email_transfer:export"},
)
def email() -> None:
    """Add, change, remove and list accounts."""


@email.command(**example("setup email add me@example.com", "echo 'a good password' | setup email add me@example.com"))
@click.argument("address", type=MAILBOX)
@click.argument("password", required=False)
@told
def add(address: str, password: str | None) -> None:
    """Add the account ADDRESS; it can log in once this returns.

    Without PASSWORD it is read from a pipe, or asked for twice.
    """
    hashed = arguments.hashed(password)
    with editing(config_folder()) as changes:
        if changes.rows(ACCOUNTS).get(address) is not None:
            raise RefusedError(f"{address} is an account already")
        if changes.rows(ALIASES).get(address) is not None:
            raise RefusedError(f"{address} is an alias already")
        changes.put(ACCOUNTS, address, hashed)
    done(f"added {address}", changes)


@email.command(**example("setup email update me@example.com"))
@click.argument("address", type=MAILBOX)
@click.argument("password", required=False)
@told
def update(address: str, password: str | None) -> None:
    """Give the account ADDRESS a new password."""
    hashed = arguments.hashed(password)
    with editing(config_folder()) as changes:
        arguments.must_be_account(changes, address)
        _, bar, fields = (changes.rows(ACCOUNTS).get(address) or "").partition("|")
        changes.put(ACCOUNTS, address, hashed + bar + fields)
    dovecot.kick(address)
    done(f"changed the password of {address}; its sessions are closed", changes)


@email.command("del", **example("setup email del me@example.com", "setup email del --yes a@example.com b@example.com"))
@click.argument("addresses", type=MAILBOX, nargs=-1, required=True)
@click.option("-y", "--yes", "mail_too", flag_value=True, default=None, help="Ask nothing; the mail goes too.")
@click.option("-n", "--keep-mail", "mail_too", flag_value=False, default=None, help="Ask nothing; the mail stays.")
@told
def delete(addresses: tuple[str, ...], mail_too: bool | None) -> None:
    """Remove the accounts ADDRESSES, their quotas, restrictions, and their place among aliases' recipients."""
    if mail_too is None and sys.stdin.isatty():
        mail_too = click.confirm(f"Remove the mail of {', '.join(addresses)} too?", default=False)
    with editing(config_folder()) as changes:
        for address in addresses:
            arguments.must_be_account(changes, address)
            _forget(changes, address)
    for address in map(Address, addresses):
        dovecot.kick(address)
        if mail_too:
            shutil.rmtree(Path(paths.MAIL, address.domain, address.local), ignore_errors=True)
        done(f"removed {address}; its mail {'is gone' if mail_too else 'stays in ' + dovecot.folder(address)}", changes)


def _forget(changes: Changes, address: str) -> None:
    """No file names ``address`` afterwards."""
    for file in (ACCOUNTS, QUOTAS, *ACCESS.values()):
        changes.drop(file, address)
    for name, recipients in changes.recipients().items():
        left = [recipient for recipient in recipients if recipient.lower() != address]
        if len(left) != len(recipients):
            changes.lead(name, left)


@email.command("list", **example("setup email list", "setup email list --json"))
@arguments.as_json
@told
def list_(as_json: bool) -> None:
    """Print the accounts with what they store and the aliases that lead to them."""
    changes = Changes(config_folder())
    leading: dict[str, list[str]] = {}
    for name, recipients in changes.recipients().items():
        for recipient in recipients:
            leading.setdefault(recipient.lower(), []).append(name)
    used = dovecot.quotas()
    rows = [
        {"account": name, **dovecot.shown(used.get(name)), "aliases": leading.get(name, [])}
        for name in sorted(name.lower() for name, _ in changes.rows(ACCOUNTS))
    ]
    columns = {"account": "account", "used": "used", "limit": "limit", "percent": "%", "aliases": "aliases"}
    arguments.show(rows, columns, as_json, "no accounts yet")
