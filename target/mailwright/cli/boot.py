"""boot: the container's command."""

from __future__ import annotations

import click

from mailwright.programs.boot import boot as start


@click.command()
def boot() -> None:
    """Start the mail server; the container's command."""
    raise SystemExit(start())
