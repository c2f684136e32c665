"""render and check: a configuration, rendered or checked without touching what runs."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import click

from mailwright.apply import install
from mailwright.apply.generations import write
from mailwright.cli.output import say, tell
from mailwright.cli.reading import Folder, reads_sources
from mailwright.core.problems import ConfigurationError, Exit, errors
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
        click.echo(f"===== /etc/{file.path}")
        click.echo("(secret)\n" if file.secret else file.content)
    return Exit.OK


@click.command()
@reads_sources
def check(mailserver: Mailserver) -> int:
    """Check the configuration with the daemons' own tools."""
    tell(list(mailserver.warnings))
    services = rendering.enabled(mailserver)
    tools = {one.command[0] for service in services for one in service.checks}
    missing = sorted(tool for tool in tools if not shutil.which(tool))
    if missing:
        click.echo(f"the settings and files are fine; not checked with tools that are missing: {', '.join(missing)}")
        return Exit.OK
    with tempfile.TemporaryDirectory(prefix="mailwright-") as folder:
        problems = install.trial(mailserver, Path(folder) / "etc")
    if errors(problems):
        raise ConfigurationError(problems)
    tell(problems)
    say("the configuration is fine", "ok")
    return Exit.OK
