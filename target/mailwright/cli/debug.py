"""setup debug: a shell in the container, and its mail log."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from mailwright.cli.lazy import Group
from mailwright.cli.output import example
from mailwright.core import paths
from mailwright.core.problems import Exit


@click.group(cls=Group)
def debug() -> None:
    """Look inside the container."""


@debug.command(
    context_settings={"ignore_unknown_options": True}, **example("setup debug login", "setup debug login ls -l")
)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def login(command: tuple[str, ...]) -> None:
    """Run COMMAND in the container, or a shell."""
    line = shlex.join(command) if len(command) > 1 else "".join(command)
    os.execvp("/bin/bash", ("/bin/bash", *(("-c", line) if line else ())))  # noqa: S606


@debug.command("show-mail-logs", **example("setup debug show-mail-logs"))
def show_mail_logs() -> None:
    """Print the mail log."""
    log = Path(paths.LOG, "mail.log")
    if not log.exists():
        click.echo(f"{log} is missing", err=True)
        raise SystemExit(Exit.FINDINGS)
    with log.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            click.echo(line, nl=False)
