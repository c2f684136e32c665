"""The command line: ``mailwright``, which is also ``setup``. One module per group of commands: parse, call, print."""

from __future__ import annotations

import click

from mailwright import __version__
from mailwright.cli.lazy import LazyGroup

COMMANDS = {
    "boot": "boot:boot",
    "render": "render:render",
    "check": "render:check",
    "diff": "diff:diff",
    "explain": "explain:explain",
    "settings": "explain:settings",
    "ports": "ports:ports",
    "status": "status:status",
    "history": "history:history",
    "doctor": "doctor:doctor",
    "dns": "dns:dns",
    "email": "email:email",
    "alias": "alias:alias",
    "config": "dkim:config",
    "dkim": "dkim:dkim",
    "quota": "quota:quota",
    "dovecot-master": "dovecot_master:masters",
    "fail2ban": "fail2ban:fail2ban",
    "relay": "relay:relay",
    "debug": "debug:debug",
    "completion": "completion:completion",
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mailwright")
def main() -> None:
    """Mailwright: a complete mail server, configured from environment variables and a folder of files."""


@main.command("help", hidden=True)
@click.pass_context
def help_(ctx: click.Context) -> None:
    """Print the list of commands."""
    click.echo(ctx.find_root().get_help())
