"""setup relay: relay hosts by the sender's domain."""

from __future__ import annotations

import re

import click

from mailwright.apply.editing import RELAY_LOGINS, RELAY_MAP, RefusedError
from mailwright.cli import arguments, edits, output
from mailwright.cli.arguments import MAIL_DOMAIN, Checked
from mailwright.cli.edits import Secret, done, edit
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, example

HOST = re.compile(r"\[?[a-zA-Z0-9.:-]+\]?", re.ASCII)


def _host(text: str) -> str:
    """``text`` without brackets; ValueError when it is no host's name or address."""
    if not HOST.fullmatch(text):
        raise ValueError("is not a host's name")
    return text.strip("[]")


@click.group(cls=Group)
def relay() -> None:
    """Send the mail of a domain through a relay host."""


@relay.command("add-auth", **example("setup relay add-auth example.com smtpuser"))
@click.argument("domain", type=MAIL_DOMAIN)
@click.argument("user")
@click.argument("password", cls=Secret, required=False)
@edits.refusals
def add_auth(domain: str, user: str, password: str | None) -> None:
    """Log in as USER at the relay host of DOMAIN."""
    secret = arguments.password(password, f"Password of {user} at the relay host")
    if not secret or not secret.isprintable() or not user.isprintable() or ":" in user or " " in user:
        raise click.UsageError("the user has a colon or blank, or user or password is empty or has control characters")
    with edit() as changes:
        changes.put(RELAY_LOGINS, f"@{domain}", f"{user}:{secret}")
    done(f"mail of {domain} logs in as {user}", changes)


@relay.command("add-domain", **example("setup relay add-domain example.com smtp.relay.example 587"))
@click.argument("domain", type=MAIL_DOMAIN)
@click.argument("host", type=Checked("host", _host))
@click.argument("port", type=click.IntRange(1, 65535), default=25)
@edits.refusals
def add_domain(domain: str, host: str, port: int) -> None:
    """Send the mail of DOMAIN through HOST, port PORT (25)."""
    with edit() as changes:
        changes.put(RELAY_MAP, f"@{domain}", f"[{host}]:{port}")
    done(f"mail of {domain} goes through [{host}]:{port}", changes)


@relay.command("exclude-domain", **example("setup relay exclude-domain example.com"))
@click.argument("domain", type=MAIL_DOMAIN)
@edits.refusals
def exclude_domain(domain: str) -> None:
    """Send the mail of DOMAIN directly, whatever RELAY_HOST says."""
    with edit() as changes:
        changes.put(RELAY_MAP, f"@{domain}", "")
    done(f"mail of {domain} goes out directly", changes)


@relay.command("del", **example("setup relay del example.com"))
@click.argument("domain", type=MAIL_DOMAIN)
@edits.refusals
def delete(domain: str) -> None:
    """Remove relay host and login of DOMAIN; RELAY_HOST and DEFAULT_RELAY_HOST apply to it again."""
    with edit() as changes:
        rows = [file for file in (RELAY_MAP, RELAY_LOGINS) if changes.rows(file).get(f"@{domain}") is not None]
        if not rows:
            raise RefusedError(f"{domain} has no relay host")
        for file in rows:
            changes.drop(file, f"@{domain}")
    done(f"removed the relay host of {domain}", changes)


@relay.command("list", **example("setup relay list"))
@as_json
@edits.refusals
def list_(as_json: bool) -> None:
    """Print the relay host of each domain, and the user that logs in there."""
    files = edits.current()
    through, logins = dict(files.rows(RELAY_MAP)), dict(files.rows(RELAY_LOGINS))
    rows = [
        {
            "for": name,
            "relay": through.get(name) or ("directly" if name in through else None),
            "user": logins.get(name, "").partition(":")[0] or None,
        }
        for name in dict.fromkeys([*through, *logins])
    ]
    output.show(rows, {"for": "for", "relay": "relay", "user": "user"}, as_json, "no relays by domain")
