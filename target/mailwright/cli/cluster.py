"""setup cluster: the CA of a deployment on many machines, and the certificates of its nodes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from mailwright.apply.editing import RefusedError, config_folder
from mailwright.cli import edits, output
from mailwright.cli.arguments import Checked
from mailwright.cli.lazy import Group
from mailwright.cli.output import example
from mailwright.formats.certificates import unit
from mailwright.host.files import write_durably
from mailwright.host.node_certificates import authority, node
from mailwright.settings.cluster import node_name

NODE = Checked("name", node_name)
ROLES = ("front", "backend", "filter")


@click.group("cluster", cls=Group)
def cluster() -> None:
    """Make what the nodes of a cluster know one another by (ROLE)."""


def folder() -> Path:
    """Where the CA is; a node needs its own certificate and the CA's, never the CA's key."""
    return config_folder() / "cluster"


@cluster.command(**example("setup cluster ca"))
@edits.refusals
def ca() -> None:
    """Make the CA of all nodes: cluster/ca.pem and cluster/ca.key."""
    certificate, key = folder() / "ca.pem", folder() / "ca.key"
    if present := next((path for path in (certificate, key) if path.exists()), None):
        raise RefusedError(f"{present} exists; all nodes would need new certificates")
    made, private = authority(datetime.now(UTC))
    _write(key, private)
    _write(certificate, made)
    output.done(f"{certificate} is the CA; whoever has {key.name} can be a node, so keep it away from the nodes")


@cluster.command("node", **example("setup cluster node backend backend-1", "setup cluster node front front"))
@click.argument("role", type=click.Choice(ROLES))
@click.argument("names", type=NODE, nargs=-1, required=True)
@edits.refusals
def node_(role: str, names: tuple[str, ...]) -> None:
    """Make the certificate of a node of ROLE, which other nodes reach as NAMES: cluster/NAME/."""
    try:
        authorities, key = ((folder() / name).read_text() for name in ("ca.pem", "ca.key"))
    except OSError as error:
        raise RefusedError(f"{error.filename}: {(error.strerror or 'error').lower()} (setup cluster ca)") from None
    try:
        certificate, private = node(role, names, authorities, key, datetime.now(UTC))
    except ValueError as error:
        raise RefusedError(f"{folder() / 'ca.key'}: {error}") from None
    own = folder() / names[0]
    former = own / "cert.pem"
    if former.exists() and (kind := unit(former.read_text())) != role:
        raise RefusedError(f"{own} is of a {kind}; delete it first, if {names[0]} is a {role} now")
    _write(own / "key.pem", private)
    _write(own / "cert.pem", certificate)
    _write(own / "ca.pem", authorities)
    output.done(f"{own} is complete: its files belong into the folder cluster/ of the config folder of {names[0]}")


def _write(path: Path, text: str) -> None:
    """The file ``path`` holds ``text``, and is readable for its owner only."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(path, text, 0o600)
    except OSError as error:
        raise RefusedError(f"{path}: {(error.strerror or 'error').lower()}") from None
