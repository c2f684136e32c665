"""The command line: ``mailwright``. One module per group of commands, thin: parse, call, print."""

from __future__ import annotations

import click

from mailwright import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mailwright")
def main() -> None:
    """Mailwright: a complete mail server, configured from environment variables and a folder of files."""


@main.command()
def boot() -> None:
    """Start the mail server; the container's command."""
    from mailwright.boot import boot as start  # the other commands need no certificates or state

    raise SystemExit(start())


from mailwright.cli import plan, ports  # noqa: E402  registers its commands

for command in (plan.render, plan.check, plan.diff, ports.ports):
    main.add_command(command)
