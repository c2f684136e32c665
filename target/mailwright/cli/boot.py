"""boot: the container's command."""

from __future__ import annotations

import click

from mailwright.programs import start


@click.command()
def boot() -> None:
    """Start the mail server; the container's command."""
    raise SystemExit(start.main())
