"""setup acme: the certificates that the server gets from a CA itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, done, example, say, show
from mailwright.core import sockets
from mailwright.core.problems import Exit
from mailwright.issuance import observed, plan, rollover, trial, words
from mailwright.issuance.plan import Plan
from mailwright.programs.acme import alone, issue

COLUMNS = {"name": "certificate", "state": "state", "names": "names", "until": "valid until", "next": "next"}
OFF = "this server gets no certificates itself: set SSL_TYPE=acme"
STOPPED = "no mail server runs in this container"


@click.group("acme", cls=Group)
def acme() -> None:
    """Certificates that the server gets from a CA and renews itself (SSL_TYPE=acme)."""


def planned() -> Plan:
    """The Plan of the running configuration; a command without one says so and ends."""
    if found := plan.load():
        return found
    raise click.ClickException(OFF if Path(sockets.SUPERVISOR).exists() else STOPPED)


@acme.command("status", **example("setup acme status", "setup acme status --json"))
@as_json
def status(as_json: bool) -> None:
    """Print each certificate: its names, until when it is valid, what failed, and when it is tried or renewed next."""
    rows = observed.rows(planned())
    show(rows, COLUMNS, as_json, "no certificates")
    if not as_json:
        for row in rows:
            notes(row)
    raise SystemExit(Exit.FINDINGS if any(row["error"] for row in rows) else Exit.OK)


def notes(row: dict[str, Any]) -> None:
    """What keeps the certificate of ``row``, or names out of it."""
    if row["error"]:
        say(f"\n{row['name']}: {row['error']}", "error")
    for text in words.left_out(row["left_out"]):
        say(f"\n{text}", "warning")
    if row["waits_for"]:
        say(f"\nthe next key of {row['name']} waits for its TLSA record: `setup dns --zone` prints it", "warning")


@acme.command("renew", **example("setup acme renew", "setup acme renew --force"))
@click.option("--force", is_flag=True, help="Renew certificates that are not due as well.")
def renew(force: bool) -> None:
    """Get what is due now, without waiting for the next try."""
    planned()
    finish(issue(tell, eager=True, force=force), "nothing else is due")


@acme.command("test", **example("setup acme test"))
def test() -> None:
    """Try everything with the staging CA of Let's Encrypt, or the CA of ACME_DIRECTORY, and keep nothing."""
    found = planned()
    with alone(patient=True):
        finish(trial.passes(found, tell), "the CA would issue every certificate")


@acme.command("rollover", **example("setup acme rollover"))
def roll() -> None:
    """Make the next private key of each certificate; it is used once DNS has its TLSA record, or has none at all."""
    found = planned()
    with alone(patient=True):
        made = rollover.prepare(found)
    done(f"the next keys of {', '.join(made)} are there; `setup dns --zone` prints their TLSA records")
    finish(issue(tell, eager=True), "nothing else is due")


def tell(level: str, text: str) -> None:
    """A line about what a run does."""
    if level != "debug":
        kind = {"error": "error", "warn": "warning"}.get(level, "")
        say(text, kind, err=level != "info")


def finish(succeeded: bool, text: str) -> None:
    """The command ends, with ``text`` if all went well."""
    if succeeded:
        done(text)
    raise SystemExit(Exit.OK if succeeded else Exit.FINDINGS)
