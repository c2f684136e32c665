"""diff: what would change in the running configuration, and what differs from the image's defaults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from mailwright.apply import install
from mailwright.cli import output
from mailwright.cli.reading import Folder, reads_everything
from mailwright.core import paths, tree
from mailwright.core.problems import Exit, printable_lines
from mailwright.core.tree import Change
from mailwright.core.values import amount
from mailwright.explain.explanation import Explanation
from mailwright.explain.image_diff import deviation
from mailwright.explain.influence import Deployment
from mailwright.explain.redaction import mask
from mailwright.formats.certificates import is_self_signed
from mailwright.host import generated_secrets
from mailwright.host.read import read_templates
from mailwright.model.building import build
from mailwright.model.certificates import OWN
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
    wanted = output.is_coloured() if color is None else color
    echo: Callable[[str], None] = lambda text: click.echo(_safe(text, wanted), color=wanted)  # noqa: E731
    return _against_image(deployment, echo) if against_image else _against(deployment, against, echo)


def _safe(text: str, coloured: bool) -> str:
    """A unified diff to print."""
    return _coloured(printable_lines(text)) if coloured else printable_lines(text)


def _coloured(text: str) -> str:
    """A unified diff with colours; other lines have none."""
    lines = []
    for line in text.split("\n"):
        style = next((style for start, style in STYLES.items() if line.startswith(start)), {})
        lines.append(click.style(line, **style) if style else line)  # type: ignore[arg-type]
    return "\n".join(lines)


def _against(deployment: Deployment, against: Path, echo: Callable[[str], None]) -> int:
    rendered = rendering.render(deployment.mailserver)
    running = install.read(against, rendered)
    changes = [change for change in tree.diff(running, rendered) if not _is_temporary(change, running, deployment)]
    if not changes:
        click.echo("nothing to do")
        return Exit.OK
    hide = mask(deployment.mailserver.settings).line
    for change in changes:
        echo(change.unified(hide=hide))
    effects = tree.effects(change.new for change in changes if change.new)
    needed = ", ".join(f"{service}: {effect}" for service, effect in effects.items())
    click.echo(f"{amount(len(changes), 'file')} would change ({needed})")
    return Exit.FINDINGS


def _is_temporary(change: Change, running: dict[str, str], deployment: Deployment) -> bool:
    """Whether the change is a self-signed certificate that was made for this command, instead of another one."""
    certificate = running.get(CERTIFICATE, "")
    made_up = generated_secrets.serves_own(deployment.reading) and deployment.reading.stamps.get(OWN.chain) is None
    return made_up and change.path in (CERTIFICATE, KEY) and (not certificate or is_self_signed(certificate))


def _against_image(deployment: Deployment, echo: Callable[[str], None]) -> int:
    explanation = Explanation(deployment)
    difference = deviation(explanation, build(_image(deployment)))
    for change in difference.changes:
        echo(change.unified("image", explanation.mask.line))
    for table in difference.tables:
        click.echo(f"table {table.path}: {amount(table.rows, 'row')}, {table.before} in the image")
    for setting in difference.settings:
        values = f"{setting.value or '(empty)'}, default {setting.default or '(empty)'}"
        click.echo(f"setting {setting.name} = {values} ({setting.origin})")
    if not difference:
        click.echo("nothing differs from the image's defaults")
        return Exit.OK
    files, tables = amount(len(difference.changes), "file"), amount(len(difference.tables), "table")
    settings = amount(len(difference.settings), "setting")
    click.echo(f"different from the image's defaults: {files}, {tables} and {settings}")
    return Exit.FINDINGS


def _image(deployment: Deployment) -> Reading:
    """The reading of a server with the same host name, and no other setting or file."""
    sources = replace(
        deployment.reading.sources,
        environ={"OVERRIDE_HOSTNAME": deployment.mailserver.hostname},
        env_file=None,
        config={},
        templates=read_templates(),
    )
    return generated_secrets.with_made_up(Reading.of(sources))
