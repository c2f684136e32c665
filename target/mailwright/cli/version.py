"""version: the version, and what the image is made of."""

from __future__ import annotations

from pathlib import Path

import click

from mailwright import __version__
from mailwright.core import paths
from mailwright.core.problems import Exit


@click.command()
@click.option("--sbom", is_flag=True, help="The packages of the image, an SPDX 2.3 document in JSON.")
def version(*, sbom: bool) -> int:
    """Print the version."""
    if not sbom:
        click.echo(__version__)
        return Exit.OK
    try:
        document = Path(paths.SBOM).read_text(encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{paths.SBOM}: it exists only in Mailwright's images") from error
    click.echo(document)
    return Exit.OK
