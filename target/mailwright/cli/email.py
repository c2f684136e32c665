"""setup email: the accounts."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from mailwright.apply import user_keys
from mailwright.apply.editing import (
    ACCESS,
    ACCOUNTS,
    ALIASES,
    APP_PASSWORDS,
    QUOTAS,
    RELAY_LOGINS,
    RELAY_MAP,
    Changes,
    RefusedError,
)
from mailwright.apply.sessions import kick
from mailwright.cli import arguments, edits, output
from mailwright.cli.arguments import MAILBOX
from mailwright.cli.edits import Secret, done, edit
from mailwright.cli.lazy import LazyGroup
from mailwright.cli.output import as_json, example
from mailwright.core import paths
from mailwright.core.values import Address
from mailwright.observe import accounts, dovecot


@click.group(
    cls=LazyGroup,
    lazy={
        "restrict": "email_restrict:restrict",
        "app-password": "email_app_password:app_password",
        "import": "email_transfer:import_",
        "export": "email_transfer:export",
    },
)
def email() -> None:
    """Add, change, remove and list accounts."""


@email.command(**example("setup email add me@example.com", "echo 'a good password' | setup email add me@example.com"))
@click.argument("address", type=MAILBOX)
@click.argument("password", cls=Secret, required=False)
@edits.refusals
def add(address: str, password: str | None) -> None:
    """Add the account ADDRESS; it can log in once this returns.

    Without PASSWORD it is read from a pipe, or asked for twice.
    """
    text, hashed = arguments.with_hash(password)
    with edit() as changes:
        if changes.rows(ACCOUNTS).get(address) is not None:
            raise RefusedError(f"{address} is an account already")
        if changes.rows(ALIASES).get(address) is not None:
            raise RefusedError(f"{address} is an alias already")
        changes.put(ACCOUNTS, address, hashed)
        if changes.user_keys:
            user_keys.provide(address, text)
    done(f"added {address}", changes)


@email.command(**example("setup email update me@example.com"))
@click.argument("address", type=MAILBOX)
@click.argument("password", cls=Secret, required=False)
@click.option("--lose-mail", is_flag=True, help="Give up the mail that only the forgotten password could open.")
@edits.refusals
def update(address: str, password: str | None, lose_mail: bool) -> None:
    """Give the account ADDRESS a new password.

    If its mail is encrypted with a key of its own (MAIL_CRYPT=user), the present password is asked for first, or is
    the first line of the pipe. Without it the mail is lost: --lose-mail puts the mailbox aside and begins a new one.
    """
    has_key = user_keys.has_key(address)
    keeps_key = has_key and not lose_mail
    present = arguments.present_password(address) if keeps_key else ""
    text, hashed = arguments.with_hash(password, "New password" if has_key else "Password")
    with _key_follows(address, present, text) if keeps_key else nullcontext(), edit() as changes:
        edits.must_be_account(changes, address)
        _, bar, fields = (changes.rows(ACCOUNTS).get(address) or "").partition("|")
        changes.put(ACCOUNTS, address, hashed + bar + fields)
        if changes.user_keys and not has_key:
            user_keys.provide(address, text)
    kick(address)
    if has_key and lose_mail:
        aside = user_keys.lose(address, text)
        output.say(f"the mail of before is in {aside}; only the former password can open it", "warning", err=True)
    done(f"changed the password of {address}; its sessions are closed", changes)


@contextmanager
def _key_follows(address: str, present: str, new: str) -> Iterator[None]:
    """The ``new`` password opens the key of ``address``; the ``present`` one again, if its change is taken back."""
    before = edits.current().rows(ACCOUNTS).get(address)
    if not user_keys.protect(address, present, new):
        raise RefusedError(f"that password does not open the key of {address}; see --lose-mail if it is forgotten")
    try:
        yield
    except RefusedError:
        if edits.current().rows(ACCOUNTS).get(address) == before:
            user_keys.protect(address, new, present)
        raise


@email.command("del", **example("setup email del me@example.com", "setup email del --yes a@example.com b@example.com"))
@click.argument("addresses", type=MAILBOX, nargs=-1, required=True)
@click.option("-y", "--yes", "mail_too", flag_value=True, default=None, help="Ask nothing; the mail is deleted.")
@click.option("-n", "--keep-mail", "mail_too", flag_value=False, default=None, help="Ask nothing; the mail is kept.")
@edits.refusals
def delete(addresses: tuple[str, ...], mail_too: bool | None) -> None:
    """Remove the accounts ADDRESSES with their quotas and restrictions, also as recipients of aliases."""
    if mail_too is None and sys.stdin.isatty():
        mail_too = click.confirm(f"Delete the mail of {', '.join(addresses)} too?", default=False)
    with edit() as changes:
        there = [address for address in addresses if changes.rows(ACCOUNTS).get(address) is not None]
        homes = {address: changes.backend(address) for address in there}
        if mail_too and (away := [f"{address} is on {home}" for address, home in homes.items() if home]):
            raise RefusedError(f"the mail of {', '.join(away)}: delete the account with --keep-mail, its mail there")
        for address in there:
            _forget(changes, address)
    for address in set(addresses).difference(there):
        output.say(f"there is no account {address}; nothing to do", "warning", err=True)
    for address in map(Address, there):
        kick(address)
        if mail_too:
            shutil.rmtree(Path(paths.MAIL, address.domain, address.local), ignore_errors=True)
        place = f"on {homes[address]}" if homes[address] else f"in {dovecot.folder(address)}"
        mail = "is deleted" if mail_too else f"stays {place}"
        done(f"removed {address}; its mail {mail}", changes)


def _forget(changes: Changes, address: str) -> None:
    """No file has a row of ``address`` or an alias to it afterwards."""
    for file in (ACCOUNTS, QUOTAS, RELAY_MAP, RELAY_LOGINS, *ACCESS.values()):
        changes.drop(file, address)
    for key in [key for key, _ in changes.rows(APP_PASSWORDS) if key.lower().startswith(f"{address}/")]:
        changes.drop(APP_PASSWORDS, key)
    for name, recipients in changes.recipients().items():
        left = [recipient for recipient in recipients if recipient.lower() != address]
        if len(left) != len(recipients):
            changes.lead(name, left)


@email.command("list", **example("setup email list", "setup email list --json"))
@as_json
@edits.refusals
def list_(as_json: bool) -> None:
    """Print the accounts, how much mail they store, and the aliases that lead to them."""
    leading, names = _known(edits.current())
    used = dovecot.quotas()
    rows = [{"account": name, **dovecot.usage(used.get(name)), "aliases": leading.get(name, [])} for name in names]
    columns = {"account": "account", "used_bytes": "used", "limit_bytes": "limit", "percent": "%", "aliases": "aliases"}
    if not output.show_as_in_dms(rows, as_json, _as_in_dms):
        output.show(rows, columns, as_json, "no accounts yet", dovecot.FORMATS)


def _known(changes: Changes) -> tuple[dict[str, list[str]], list[str]]:
    """Account → the aliases that lead to it, and the accounts, sorted; without aliases if accounts are elsewhere."""
    if changes.elsewhere:
        names = accounts.users()
        if names is None:
            raise RefusedError(f"{changes.elsewhere} does not answer, or Dovecot does not run")
        return {}, names
    leading: dict[str, list[str]] = {}
    for name, recipients in changes.recipients().items():
        for recipient in recipients:
            leading.setdefault(recipient.lower(), []).append(name)
    return leading, sorted(name.lower() for name, _ in changes.rows(ACCOUNTS))


def _as_in_dms(row: Mapping[str, Any]) -> str:
    """``me@example.com ( 1.2K / 5.0G ) [0%]``, and a line of the aliases."""
    usage = ""
    if row["used_bytes"] is not None:
        limit = dovecot.iec(row["limit_bytes"]) if row["limit_bytes"] else "~"
        usage = f" ( {dovecot.iec(row['used_bytes'])} / {limit} ) [{row['percent'] or 0}%]"
    aliases = f"\n    [ aliases -> {', '.join(row['aliases'])} ]" if row["aliases"] else ""
    return f"{row['account']}{usage}{aliases}"
