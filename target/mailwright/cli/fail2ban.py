"""setup fail2ban: who is banned, and bans by hand."""

from __future__ import annotations

import ast
import ipaddress
import re
import subprocess
from pathlib import Path
from typing import Any

import click

from mailwright.cli.arguments import as_json, done, example, show
from mailwright.core import paths

JAIL = "custom"


class Address(click.ParamType):
    """An IP address or a network."""

    name = "ip"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """``value`` checked."""
        try:
            return str(ipaddress.ip_network(str(value), strict=False)).removesuffix("/32").removesuffix("/128")
        except ValueError:
            self.fail(f"{value!r} is no IP address", param, ctx)


@click.group(invoke_without_command=True)
@as_json
@click.pass_context
def fail2ban(ctx: click.Context, as_json: bool) -> None:
    """Print who is banned; ban and unban by hand."""
    if ctx.invoked_subcommand is None:
        banned = ast.literal_eval(_asked("banned"))
        rows = [{"jail": jail, "ip": ip} for held in banned for jail, ips in held.items() for ip in ips]
        show(rows, {"jail": "jail", "ip": "ip"}, as_json, "nobody is banned")


@fail2ban.command("ban", **example("setup fail2ban ban 192.0.2.1"))
@click.argument("ip", type=Address())
def ban(ip: str) -> None:
    """Ban IP for half a year."""
    _asked("set", JAIL, "banip", ip)
    done(f"{ip} is banned")


@fail2ban.command("unban", **example("setup fail2ban unban 192.0.2.1"))
@click.argument("ip", type=Address())
def unban(ip: str) -> None:
    """Let IP in again."""
    if _asked("unban", ip) == "0":
        raise click.ClickException(f"{ip} is not banned")
    done(f"{ip} is not banned any more")


@fail2ban.command("status", **example("setup fail2ban status"))
def status() -> None:
    """Print each jail with what it saw."""
    jails = re.search(r"Jail list:\s*(.*)", _asked("status"))
    for name in jails[1].split(", ") if jails else ():
        click.echo(_asked("status", name))


@fail2ban.command("log", **example("setup fail2ban log"))
def log() -> None:
    """Print what fail2ban has logged."""
    with Path(paths.LOG, "mail.log").open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if " fail2ban" in line:
                click.echo(line, nl=False)


def _asked(*words: str) -> str:
    """What fail2ban answers; a refusal ends the command."""
    done_ = subprocess.run(["fail2ban-client", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if done_.returncode:
        said = (done_.stdout + done_.stderr).strip()
        hint = "fail2ban does not run: ENABLE_FAIL2BAN=1, and cap_add: [NET_ADMIN] in compose.yaml"
        raise click.ClickException(hint if "socket" in said else said)
    return done_.stdout.strip()
