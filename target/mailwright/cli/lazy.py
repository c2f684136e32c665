"""Groups of commands: one that suggests the command that was meant, one that imports its commands when called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from mailwright.core.problems import did_you_mean

NEAR = 0.6  # of difflib: commands are short
WHOLE = 1000  # characters: no sentence is as long


class Group(click.Group):
    """A group that names the nearest command when it does not know the one it is given.

    Its help has the whole first sentence of each command, where click cuts it off.
    """

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` begin with; a usage error when there is none."""
        name = args[0]
        if name == "help" and not self.get_command(ctx, name) and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        if args[1:] == ["help"]:  # as docker-mailserver's commands take it
            args = [name, "--help"]
        if ctx.resilient_parsing or self.get_command(ctx, name) or name.startswith("-"):
            return super().resolve_command(ctx, args)
        hint = did_you_mean(name, self.list_commands(ctx), NEAR)
        ctx.fail(f"No such command {name!r}{f' ({hint})' if hint else ''}.")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands are in the help, each with one sentence."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, one.get_short_help_str(WHOLE).rstrip(".")) for name, one in commands if one and not one.hidden]
            )


class LazyGroup(Group):
    """A group with ``lazy`` commands: name → ``module:object`` below mailwright.cli."""

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, in order."""
        return sorted({*super().list_commands(ctx), *self.lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name in self.lazy:
            module, _, name = self.lazy[cmd_name].partition(":")
            command: click.Command = getattr(import_module(f"mailwright.cli.{module}"), name)
            return command
        return super().get_command(ctx, cmd_name)
