"""setup dns: the records that the world must find."""

from __future__ import annotations

from pathlib import Path

import click

from mailwright import paths, records, system
from mailwright.cli.plan import reads_sources
from mailwright.cli.words import MailDomain, as_json, example, show
from mailwright.dkim import SigningKey, signing_keys
from mailwright.doctor import Answer, Unasked, zones
from mailwright.doctor.resolver import Resolver
from mailwright.model import Mailserver
from mailwright.problems import Exit


def keys_of(mailserver: Mailserver, config: Path) -> list[SigningKey]:
    """The DKIM keys of the config folder; what is none is told."""
    found, problems = signing_keys(system.read_keys(config), mailserver.directory.domains)
    for it in problems:
        click.echo(f"warning: {it}", err=True)
    return found


@click.command("dns", **example("setup dns", "setup dns example.com --zone"))
@click.argument("domain", type=MailDomain(), required=False)
@click.option("--zone", is_flag=True, help="Print a zone file; nothing is asked.")
@as_json
@reads_sources
def dns(mailserver: Mailserver, domain: str | None, zone: bool, as_json: bool) -> int:
    """Print the DNS records to publish for DOMAIN, or for all, and what DNS says now."""
    domains = [domain] if domain else sorted(mailserver.directory.domains)
    keys = keys_of(mailserver, Path(paths.CONFIG))
    wanted = [it for name in domains for it in records.records(mailserver, name, keys)]
    wanted += records.host_records(mailserver)
    if zone:
        click.echo(f"; {mailserver.hostname} needs an A (and AAAA) record with its address, and its reverse DNS.")
        for record in wanted:
            click.echo(record.line())
        return Exit.OK
    resolver = Resolver()
    resolver.warm((it.name, it.kind) for it in wanted)
    rows = [
        {
            "name": it.name,
            "type": it.kind,
            "data": it.data,
            "purpose": it.purpose,
            "state": _state(it, resolver.ask(it.name, it.kind), mailserver.hostname),
        }
        for it in wanted
    ]
    columns = {"state": "state", "name": "name", "type": "type", "data": "data"}
    show(rows, columns, as_json, "no mail domains yet")
    return Exit.OK


def _state(record: records.Record, answers: Answer, hostname: str) -> str:
    if isinstance(answers, Unasked):
        return f"not known: {answers.reason}"
    return zones.state(record, answers, hostname) or "published"
