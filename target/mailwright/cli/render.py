"""render: a configuration, rendered without touching what runs."""

from __future__ import annotations

from pathlib import Path

import click

from mailwright.apply.generations import write
from mailwright.cli.output import say
from mailwright.cli.reading import Folder, reads_sources
from mailwright.core.problems import Exit
from mailwright.core.values import amount
from mailwright.model.mailserver import Mailserver
from mailwright.render import tree as rendering


@click.command()
@click.option("--output", type=Folder, help="Write the files below this folder.")
@reads_sources
def render(mailserver: Mailserver, output: Path | None) -> int:
    """Print every file that the daemons would read, or write them below a folder."""
    rendered = rendering.render(mailserver)
    if output:
        write(tuple(rendered.values()), output / "etc", owned=False)
        click.echo(f"wrote {amount(len(rendered), 'file')} below {output}/etc")
        return Exit.OK
    for file in rendered.values():
        say(f"===== /etc/{file.path}")
        click.echo("(secret)\n" if file.secret else file.content)
    return Exit.OK
