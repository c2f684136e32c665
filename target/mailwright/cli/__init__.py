"""The command line: ``mailwright``, which is also ``setup``. One module per group of commands: parse, call, print."""

from __future__ import annotations

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from mailwright import __version__
from mailwright.cli.lazy import LazyGroup
from mailwright.core.problems import printable_lines
from mailwright.host.failures import problem

COMMANDS = {
    "boot": "boot:boot",
    "render": "render:render",
    "check": "check:check",
    "diff": "diff:diff",
    "explain": "explain:explain",
    "trace": "trace:trace",
    "settings": "explain:settings",
    "ports": "ports:ports",
    "status": "status:status",
    "history": "history:history",
    "import": "import_:import_",
    "doctor": "doctor:doctor",
    "dns": "dns:dns",
    "email": "email:email",
    "acme": "acme:acme",
    "alias": "alias:alias",
    "config": "dkim:config",
    "dkim": "dkim:dkim",
    "quota": "quota:quota",
    "dovecot-master": "dovecot_master:masters",
    "fail2ban": "fail2ban:fail2ban",
    "ldap": "ldap:ldap",
    "mail-crypt": "mail_crypt:mail_crypt",
    "relay": "relay:relay",
    "report": "report:report_",
    "sql": "sql:sql",
    "cluster": "cluster:cluster",
    "backends": "backends:backends",
    "debug": "debug:debug",
    "version": "version:version",
    "completion": "completion:completion",
}

# What Python imports stays in use until a command ends. Its collector would look at all of it a dozen times meanwhile,
# and again at the end: a third of the processor time of a short command.
gc.set_threshold(100_000)
atexit.register(gc.freeze)


@contextmanager
def steering_nothing() -> Iterator[None]:
    """What click says of a wrong command line may repeat it, but steers no terminal."""
    try:
        yield
    except click.ClickException as error:
        error.message = printable_lines(error.message)
        raise


class Commands(LazyGroup):
    """All commands. One that fails says so in one line; its traceback goes to a file."""

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """The context of the options before the command."""
        with steering_nothing():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """What the command returns."""
        try:
            with steering_nothing():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            raise click.ClickException(str(problem(error))) from error


@click.group(cls=Commands, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mailwright")
def main() -> None:
    """Mailwright: a complete mail server, configured from environment variables and a folder of files."""


@main.command("help", hidden=True)
@click.pass_context
def help_(ctx: click.Context) -> None:
    """Print the list of commands."""
    click.echo(ctx.find_root().get_help())
