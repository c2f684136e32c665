"""What commands read: --config and --env-file become a Deployment, or every Problem is printed."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from mailwright.cli.output import say, tell
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Exit, counted, errors
from mailwright.explain.influence import Deployment
from mailwright.host import generated_secrets
from mailwright.host.read import Places, read
from mailwright.model.building import build
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.observe.domains import domains

NOT_LISTED = "domains that have no account may be missing here; name them"
Folder = click.Path(file_okay=False, path_type=Path)
EnvFile = click.Path(exists=True, dir_okay=False, path_type=Path)


def reads_reading(command: Callable[..., int]) -> Callable[..., None]:
    """Gives ``command`` the Reading of --config and --env-file. A ConfigurationError prints every Problem and ends."""

    @click.option("--config", type=Folder, default=paths.CONFIG, show_default=True, help="The config folder.")
    @click.option("--env-file", type=EnvFile, help="Read settings here, not from the environment.")
    @wraps(command)
    def wrapped(config: Path, env_file: Path | None, **options: Any) -> None:
        try:
            reading = generated_secrets.with_made_up(read(Places(config, env_file), os.environ))
            raise SystemExit(command(reading, **options))
        except ConfigurationError as error:
            tell(error.problems)
            say(counted(errors(error.problems)), "error", err=True)
            raise SystemExit(Exit.CONFIGURATION) from None

    return wrapped


def reads_everything(command: Callable[..., int]) -> Callable[..., None]:
    """Gives ``command`` the Deployment of --config and --env-file, or prints every Problem and ends."""

    @wraps(command)
    def with_deployment(reading: Reading, **options: Any) -> int:
        return command(Deployment(reading, build(reading)), **options)

    return reads_reading(with_deployment)


def reads_sources(command: Callable[..., int]) -> Callable[..., None]:
    """Gives ``command`` the Mailserver that --config and --env-file describe, or prints every Problem and ends."""

    @wraps(command)
    def with_mailserver(deployment: Deployment, **options: Any) -> int:
        mailserver: Mailserver = deployment.mailserver
        return command(mailserver, **options)

    return reads_everything(with_mailserver)


def must_take_mail(mailserver: Mailserver) -> None:
    """Ends the command on a node that no other server sends mail to."""
    if not mailserver.role.mta:
        raise click.ClickException(f"no mail comes in with ROLE={mailserver.settings.role}: ask a front")


def mail_domains(mailserver: Mailserver) -> list[str]:
    """Our mail domains; a warning if some may be missing."""
    known = domains(mailserver)
    if known.missing:
        say(f"warning: {NOT_LISTED}: {known.missing}", "warning", err=True)
    return list(known.names)
