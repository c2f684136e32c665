"""ports: which ports this server opens, and the setting of each."""

from __future__ import annotations

import click

from mailwright.cli.reading import reads_sources
from mailwright.core.problems import Exit
from mailwright.model import proxies
from mailwright.model.mailserver import Mailserver
from mailwright.services import PORTS


@click.command()
@reads_sources
def ports(mailserver: Mailserver) -> int:
    """Print the table of ports."""
    click.echo(f"{'port':<23} {'TLS':<10} {'state':<5} purpose")
    # Nobody without a reverse proxy needs to read of its ports.
    for port in (port for port in PORTS if mailserver.proxies or port.switch != proxies.SETTING):
        state = "open" if port.enabled(mailserver) else "off"
        security = port.tls if port.number != 25 else mailserver.smtpd_tls_security_level
        switch = f" ({port.switch})" if port.switch else ""
        click.echo(f"{port.number:>5} {port.name:<17} {security:<10} {state:<5} {port.purpose}{switch}")
    return Exit.OK
