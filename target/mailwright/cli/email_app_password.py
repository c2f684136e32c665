"""setup email app-password: passwords for single mail programs."""

from __future__ import annotations

import click

from mailwright.apply.editing import APP_PASSWORDS, Changes, RefusedError
from mailwright.apply.sessions import kick
from mailwright.cli import edits, output
from mailwright.cli.arguments import MAILBOX, Checked
from mailwright.cli.edits import done, edit
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, example
from mailwright.formats.app_passwords import NAME, PROTOCOLS, hashed, made
from mailwright.observe import accounts
from mailwright.observe.app_passwords import last_uses


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError("is not a name of up to 40 letters, digits and . _ -")
    return text


def _protocols(text: str) -> str:
    words = text.replace(",", " ").lower().split()
    if not words or not set(words) <= set(PROTOCOLS):
        raise ValueError(f"is not a list of {', '.join(PROTOCOLS)}")
    return ",".join(word for word in PROTOCOLS if word in words)


PROGRAM = Checked("name", _name, "such as Phone")
PROTOCOL_LIST = Checked("protocols", _protocols, "such as imap,submission")


@click.group(cls=Group)
def app_password() -> None:
    """Give single mail programs a password of their own."""


@app_password.command(
    **example(
        "setup email app-password add me@example.com Phone",
        "setup email app-password add me@example.com Scanner --protocols submission",
    )
)
@click.argument("address", type=MAILBOX)
@click.argument("name", type=PROGRAM)
@click.option("--protocols", type=PROTOCOL_LIST, help=f"Of {', '.join(PROTOCOLS)}; without it all.")
@edits.refusals
def add(address: str, name: str, protocols: str | None) -> None:
    """Make a password of ADDRESS for the mail program NAME and print it, this once."""
    password = made()
    with edit() as changes:
        _must_exist(changes, address)
        if changes.rows(APP_PASSWORDS).get(f"{address}/{name}") is not None:
            raise RefusedError(f"{address} has an app password {name} already")
        changes.put(APP_PASSWORDS, f"{address}/{name}", f"{hashed(password)}|{protocols or ''}".rstrip("|"))
    click.echo(password)
    done(f"added the app password {name} of {address}; it is not shown again", changes)


def _must_exist(changes: Changes, address: str) -> None:
    """RefusedError unless there is such an account."""
    if not changes.elsewhere:
        edits.must_be_account(changes, address)
    elif address not in (accounts.users() or ()):
        raise RefusedError(f"there is no account {address} in {changes.elsewhere}, or it does not answer")


@app_password.command("del", **example("setup email app-password del me@example.com Phone"))
@click.argument("address", type=MAILBOX)
@click.argument("name", type=PROGRAM)
@edits.refusals
def delete(address: str, name: str) -> None:
    """Refuse the password of ADDRESS for NAME from now on; the account's sessions are closed."""
    with edit() as changes:
        key = f"{address}/{name}"
        edits.refuse_unless(dict(changes.rows(APP_PASSWORDS)), key, APP_PASSWORDS, "app password")
        changes.drop(APP_PASSWORDS, key)
    kick(address)
    done(f"removed the app password {name} of {address}; its sessions are closed", changes)


@app_password.command(
    "list", **example("setup email app-password list", "setup email app-password list me@example.com")
)
@click.argument("address", type=MAILBOX, required=False)
@as_json
@edits.refusals
def list_(address: str | None, as_json: bool) -> None:
    """Print the app passwords by name, and when the mail log last saw each."""
    used = last_uses()
    rows = []
    for key, rest in edits.current().rows(APP_PASSWORDS):
        account, _, name = key.rpartition("/")
        if address in (None, account.lower()):
            protocols = rest.partition("|")[2].split(",") if "|" in rest else list(PROTOCOLS)
            last = used.get(f"{account.lower()}/{name}")
            rows.append({"account": account, "name": name, "protocols": protocols, "last_use": last})
    columns = {"account": "account", "name": "name", "protocols": "protocols", "last_use": "last use"}
    output.show(rows, columns, as_json, "no app passwords")
