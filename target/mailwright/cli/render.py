"""render and check: what a configuration would be, without touching what runs."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from mailwright.apply import install
from mailwright.apply.generations import write
from mailwright.cli.reading import Folder, reads_sources, tell
from mailwright.core.problems import ConfigurationError, Exit, errors
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
        click.echo(f"wrote {len(rendered)} files below {output}/etc")
        return Exit.OK
    for file in rendered.values():
        click.echo(f"===== /etc/{file.path}")
        click.echo("(secret)\n" if file.secret else file.content)
    return Exit.OK


@click.command()
@reads_sources
def check(mailserver: Mailserver) -> int:
    """Let the daemons' own checkers judge the configuration."""
    tell(list(mailserver.warnings))
    services = rendering.enabled(mailserver)
    missing = sorted({one.command[0] for it in services for one in it.checks if not shutil.which(one.command[0])})
    if missing:
        click.echo(f"the settings and files are fine; not asked, as they are not here: {', '.join(missing)}")
        return Exit.OK
    with tempfile.TemporaryDirectory(prefix="mailwright-") as folder:
        problems = install.trial(mailserver, Path(folder) / "etc")
    if errors(problems):
        raise ConfigurationError(problems)
    tell(problems)
    click.echo("the configuration is fine")
    return Exit.OK
