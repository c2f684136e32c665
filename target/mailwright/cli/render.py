"""render and check: a configuration, rendered or checked without touching what runs."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple

import click

from mailwright.apply import install
from mailwright.apply.generations import write
from mailwright.cli.output import say, tell
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Exit, counted, errors
from mailwright.core.values import amount
from mailwright.explain.influence import Deployment
from mailwright.host import read, state
from mailwright.host.read import Places
from mailwright.model import mailserver as model
from mailwright.model.mailserver import Mailserver
from mailwright.render import tree as rendering

Folder = click.Path(file_okay=False, path_type=Path)
EnvFile = click.Path(exists=True, dir_okay=False, path_type=Path)


class Reading(NamedTuple):
    """What --config and --env-file describe; ``throw_away``: its certificate was made up just now."""

    deployment: Deployment
    throw_away: bool

    @property
    def mailserver(self) -> Mailserver:
        """The Mailserver that it makes."""
        return self.deployment.mailserver


def reads_everything(command: Callable[..., int]) -> Callable[..., None]:
    """Gives ``command`` the Reading of --config and --env-file, or tells every Problem and ends."""

    @click.option("--config", type=Folder, default=paths.CONFIG, show_default=True, help="The config folder.")
    @click.option("--env-file", type=EnvFile, help="Read settings here, not from the environment.")
    @wraps(command)
    def wrapped(config: Path, env_file: Path | None, **options: Any) -> None:
        try:
            sources = read.read_sources(Places(config, env_file), os.environ)
            chosen = model.settings_of(sources)
            hostname, _ = model.names(chosen, sources.fqdn)
            sources = state.with_some_srs_secret(sources, chosen)
            completed = state.with_some_certificate(sources, chosen, hostname)
            deployment = Deployment(completed, model.build(completed, str(config)), str(config))
            raise SystemExit(command(Reading(deployment, completed is not sources), **options))
        except ConfigurationError as error:
            tell(list(error.problems))
            click.echo(counted(errors(error.problems)), err=True)
            raise SystemExit(Exit.CONFIGURATION) from None

    return wrapped


def reads_sources(command: Callable[..., int]) -> Callable[..., None]:
    """Gives ``command`` the Mailserver that --config and --env-file describe, or tells every Problem and ends."""

    @wraps(command)
    def with_mailserver(reading: Reading, **options: Any) -> int:
        return command(reading.mailserver, **options)

    return reads_everything(with_mailserver)


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
