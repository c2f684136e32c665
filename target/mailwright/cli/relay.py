"""setup relay: other servers that carry our mail out, by the sender's domain."""

from __future__ import annotations

import re
from typing import Any

import click

from mailwright.apply.editing import RELAY_LOGINS, RELAY_MAP, Changes, RefusedError, config_folder, editing
from mailwright.cli import arguments
from mailwright.cli.arguments import MailDomain, done, example, told

DOMAIN = MailDomain()
HOST = re.compile(r"\[?[a-zA-Z0-9.:-]+\]?", re.ASCII)


class Host(click.ParamType):
    """A host's name or address."""

    name = "host"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` without brackets, checked."""
        if not HOST.fullmatch(str(value)):
            self.fail(f"{value!r} is not a host's name", param, ctx)
        return str(value).strip("[]")


@click.group()
def relay() -> None:
    """Send the mail of a domain through another server."""


@relay.command("add-auth", **example("setup relay add-auth example.com smtpuser"))
@click.argument("domain", type=DOMAIN)
@click.argument("user")
@click.argument("password", required=False)
@told
def add_auth(domain: str, user: str, password: str | None) -> None:
    """Log in as USER at the relay that carries the mail of DOMAIN."""
    secret = arguments.password(password, f"Password of {user} at the relay")
    if not secret or not secret.isprintable() or not user.isprintable() or ":" in user or " " in user:
        raise click.UsageError("the user has a colon or blank, or user or password is empty or has control characters")
    with editing(config_folder()) as changes:
        changes.put(RELAY_LOGINS, f"@{domain}", f"{user}:{secret}")
    done(f"mail of {domain} logs in as {user}", changes)


@relay.command("add-domain", **example("setup relay add-domain example.com smtp.relay.example 587"))
@click.argument("domain", type=DOMAIN)
@click.argument("host", type=Host())
@click.argument("port", type=click.IntRange(1, 65535), default=25)
@told
def add_domain(domain: str, host: str, port: int) -> None:
    """Send the mail of DOMAIN through HOST, port PORT (25)."""
    with editing(config_folder()) as changes:
        changes.put(RELAY_MAP, f"@{domain}", f"[{host}]:{port}")
    done(f"mail of {domain} goes through [{host}]:{port}", changes)


@relay.command("exclude-domain", **example("setup relay exclude-domain example.com"))
@click.argument("domain", type=DOMAIN)
@told
def exclude_domain(domain: str) -> None:
    """Send the mail of DOMAIN directly, whatever RELAY_HOST says."""
    with editing(config_folder()) as changes:
        changes.put(RELAY_MAP, f"@{domain}", "")
    done(f"mail of {domain} goes out directly", changes)


@relay.command("del", **example("setup relay del example.com"))
@click.argument("domain", type=DOMAIN)
@told
def delete(domain: str) -> None:
    """Forget relay and login of DOMAIN; RELAY_HOST and DEFAULT_RELAY_HOST count for it again."""
    with editing(config_folder()) as changes:
        rows = [file for file in (RELAY_MAP, RELAY_LOGINS) if changes.rows(file).get(f"@{domain}") is not None]
        if not rows:
            raise RefusedError(f"there is no relay of {domain}")
        for file in rows:
            changes.drop(file, f"@{domain}")
    done(f"forgot the relay of {domain}", changes)


@relay.command("list", **example("setup relay list"))
@arguments.as_json
@told
def list_(as_json: bool) -> None:
    """Print which domain's mail goes through which relay, and as whom."""
    files = Changes(config_folder())
    through, logins = dict(files.rows(RELAY_MAP)), dict(files.rows(RELAY_LOGINS))
    rows = [
        {
            "for": name,
            "relay": through.get(name) or ("directly" if name in through else None),
            "user": logins.get(name, "").partition(":")[0] or None,
        }
        for name in dict.fromkeys([*through, *logins])
    ]
    arguments.show(rows, {"for": "for", "relay": "relay", "user": "user"}, as_json, "no relays by domain")
