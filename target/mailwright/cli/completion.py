"""completion: the script with which a shell completes commands and addresses."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from mailwright.cli.output import example


@click.command("completion", **example("source <(setup completion bash)"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete commands and addresses; source it inside the container."""
    completion_class = get_completion_class(shell)
    if completion_class:
        root = ctx.find_root()
        click.echo(completion_class(root.command, {}, "setup", "_SETUP_COMPLETE").source())
