"""setup debug: a shell in the container, its mail log, and one run of what fetches mail."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import click

from mailwright.cli import output
from mailwright.cli.lazy import Group
from mailwright.cli.output import example
from mailwright.core import paths
from mailwright.core.problems import Exit
from mailwright.host.commands import run_telling


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


@debug.command("fetchmail", **example("setup debug fetchmail"))
def fetchmail() -> None:
    """Log in to each server of fetchmail.cf and show the conversation. Nothing is fetched.

    Passwords are not shown. The fetchmail that runs goes on.
    """
    _run(
        "fetchmail", "--check", "--verbose", "--nosyslog", "--nodetach", "--pidfile", f"{paths.FETCHMAIL_RUN}/debug.pid"
    )


@debug.command("getmail", **example("setup debug getmail"))
def getmail() -> None:
    """Poll each mailbox of getmail's files once, now, and show what happens.

    A mailbox that is polled already is waited for.
    """
    _run("getmail", "--verbose", "--verbose")


def _run(name: str, *options: str) -> None:
    """Runs the program once for each of its rc files, as its own user."""
    files = sorted(Path("/etc", name).glob("*.rc"))
    if not files:
        raise click.ClickException(f"{name} does not run here; ENABLE_{name.upper()}=1 switches it on")
    user = ("setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups", "--")
    # It says what the other server says, which must not steer the terminal.
    codes = [run_telling((*user, f"{paths.IMAGE}/{name}-run", str(file), *options), output.say) for file in files]
    # fetchmail: 1 means that no mail waits.
    if any(code not in (0, 1) for code in codes):
        raise SystemExit(Exit.FINDINGS)
