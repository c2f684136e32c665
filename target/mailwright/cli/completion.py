"""completion: what a shell needs to complete our commands and the accounts' addresses."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from mailwright.cli.arguments import example


@click.command("completion", **example("source <(setup completion bash)"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete commands and addresses; source it inside the container."""
    found = get_completion_class(shell)
    if found:
        root = ctx.find_root()
        click.echo(found(root.command, {}, "setup", "_SETUP_COMPLETE").source())
