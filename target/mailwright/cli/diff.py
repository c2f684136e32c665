"""diff: what would change in the running configuration, and what differs from the image's defaults."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from mailwright.apply import install
from mailwright.cli.reading import Folder, reads_everything
from mailwright.core import paths, tree
from mailwright.core.problems import Exit
from mailwright.core.tree import Change
from mailwright.explain.explanation import Explanation
from mailwright.explain.image_diff import deviation
from mailwright.explain.influence import Deployment
from mailwright.explain.redaction import mask
from mailwright.formats.certificates import is_self_signed
from mailwright.host import generated_secrets
from mailwright.host.read import read_templates
from mailwright.model.certificates import OWN
from mailwright.model.mailserver import build
from mailwright.model.reading import Reading
from mailwright.render import tree as rendering

CERTIFICATE, KEY = "dms/tls/cert", "dms/tls/key"
STYLES = {"---": {"bold": True}, "+++": {"bold": True}, "@@": {"fg": "cyan"}, "+": {"fg": "green"}, "-": {"fg": "red"}}


@click.command()
@click.option(
    "--against", type=Folder, default=paths.RENDERED, show_default=True, help="What holds postfix/, dovecot/ …"
)
@click.option("--against-image", is_flag=True, help="Compare with the image's defaults instead.")
@click.option("--color/--no-color", default=None, help="Colours; by default on a terminal, unless NO_COLOR is set.")
@reads_everything
def diff(deployment: Deployment, against: Path, against_image: bool, color: bool | None) -> int:
    """Show what would change in the running configuration; exit 1 when something would."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") if color is None else color
    echo: Callable[[str], None] = lambda text: click.echo(_coloured(text) if wanted else text, color=wanted)  # noqa: E731
    return _against_image(deployment, echo) if against_image else _against(deployment, against, echo)


def _coloured(text: str) -> str:
    """A unified diff with colours; what begins like none of its lines has none."""
    lines = []
    for line in text.split("\n"):
        style = next((style for start, style in STYLES.items() if line.startswith(start)), {})
        lines.append(click.style(line, **style) if style else line)  # type: ignore[arg-type]
    return "\n".join(lines)


def _against(deployment: Deployment, against: Path, echo: Callable[[str], None]) -> int:
    rendered = rendering.render(deployment.mailserver)
    running = install.read(against, rendered)
    changes = [it for it in tree.diff(running, rendered) if not _is_thrown_away(it, running, deployment)]
    if not changes:
        click.echo("nothing to do")
        return Exit.OK
    hide = mask(deployment.mailserver.settings).line
    for change in changes:
        echo(change.unified(hide=hide))
    effects = tree.effects(change.new for change in changes if change.new)
    needed = ", ".join(f"{service}: {effect}" for service, effect in effects.items())
    click.echo(f"{len(changes)} files would change ({needed})")
    return Exit.FINDINGS


def _is_thrown_away(change: Change, running: dict[str, str], deployment: Deployment) -> bool:
    """Whether a change is only a certificate that this command made up, in the place of another of that kind."""
    held = running.get(CERTIFICATE, "")
    throw_away = deployment.reading.settings.own_certificate and deployment.reading.stamps.get(OWN.chain) is None
    return throw_away and change.path in (CERTIFICATE, KEY) and (not held or is_self_signed(held))


def _against_image(deployment: Deployment, echo: Callable[[str], None]) -> int:
    explanation = Explanation(deployment)
    found = deviation(explanation, build(_image(deployment)))
    for change in found.changes:
        echo(change.unified("image", explanation.mask.line))
    for table in found.tables:
        click.echo(f"table {table.path}: {table.rows} rows, {table.before} in the image")
    for it in found.settings:
        click.echo(f"setting {it.name} = {it.value or '(empty)'}, default {it.default or '(empty)'} ({it.origin})")
    counts = f"{len(found.changes)} files, {len(found.tables)} tables and {len(found.settings)} settings"
    click.echo(f"{counts} differ from the image's defaults" if found else "nothing differs from the image's defaults")
    return Exit.FINDINGS if found else Exit.OK


def _image(deployment: Deployment) -> Reading:
    """The reading of a server with the same host name, and nothing else set."""
    sources = replace(
        deployment.reading.sources,
        environ={"OVERRIDE_HOSTNAME": deployment.mailserver.hostname},
        env_file=None,
        config={},
        templates=read_templates(),
    )
    return generated_secrets.with_made_up(Reading.of(sources))
