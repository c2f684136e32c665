"""setup fail2ban: who is banned, and bans by hand."""

from __future__ import annotations

import ast
import ipaddress
import re

import click

from mailwright.cli.arguments import Checked
from mailwright.cli.lazy import Group
from mailwright.cli.output import as_json, done, example, is_for_script, say, show
from mailwright.host.commands import NOT_FOUND, run
from mailwright.observe import log_lines

JAIL = "custom"


def _address(text: str) -> str:
    """``text`` as an IP address or network."""
    try:
        return str(ipaddress.ip_network(text, strict=False)).removesuffix("/32").removesuffix("/128")
    except ValueError:
        raise ValueError("is not an IP address") from None


@click.group(cls=Group, invoke_without_command=True)
@as_json
@click.pass_context
def fail2ban(ctx: click.Context, as_json: bool) -> None:
    """Print who is banned; ban and unban by hand."""
    if ctx.invoked_subcommand is None:
        banned = ast.literal_eval(_asked("banned"))
        rows = [{"jail": jail, "ip": ip} for jails in banned for jail, ips in jails.items() for ip in ips]
        if is_for_script(rows, as_json):
            for jails in banned:
                for jail, ips in jails.items():
                    if ips:
                        say(f"Banned in {jail}: {', '.join(ips)}")
            return
        show(rows, {"jail": "jail", "ip": "ip"}, as_json, "nobody is banned")


@fail2ban.command("ban", **example("setup fail2ban ban 192.0.2.1"))
@click.argument("ip", type=Checked("ip", _address))
def ban(ip: str) -> None:
    """Ban IP for half a year."""
    _asked("set", JAIL, "banip", ip)
    done(f"{ip} is banned")


@fail2ban.command("unban", **example("setup fail2ban unban 192.0.2.1"))
@click.argument("ip", type=Checked("ip", _address))
def unban(ip: str) -> None:
    """Let IP in again."""
    if _asked("unban", ip) == "0":
        raise click.ClickException(f"{ip} is not banned")
    done(f"{ip} is not banned any more")


@fail2ban.command("status", **example("setup fail2ban status"))
def status() -> None:
    """Print the state of each jail."""
    jails = re.search(r"Jail list:\s*(.*)", _asked("status"))
    for name in jails[1].split(", ") if jails else ():
        say(_asked("status", name))


@fail2ban.command("log", **example("setup fail2ban log"))
def log() -> None:
    """Print what fail2ban has logged, also in rotated parts of the log."""
    for line in log_lines.lines():
        if " fail2ban" in line:
            click.echo(line, nl=False)


def _asked(*words: str) -> str:
    """What fail2ban answers; an error ends the command."""
    answer = run(("fail2ban-client", *words))
    if answer:
        return answer.output.strip()
    if answer.code == NOT_FOUND or "socket" in answer.reason:
        needs = "ENABLE_FAIL2BAN=1, cap_add: [NET_ADMIN], and ROLE=all or front"
        raise click.ClickException(f"fail2ban does not run: it needs {needs}")
    raise click.ClickException((answer.output + answer.errors).strip())
