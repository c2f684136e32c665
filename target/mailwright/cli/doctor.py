"""doctor: what is wrong, and what cures it."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

from mailwright import paths
from mailwright.cli.dns import keys_of
from mailwright.cli.plan import reads_sources
from mailwright.cli.words import MailDomain, as_json, example
from mailwright.doctor import Finding, rounds
from mailwright.model import Mailserver
from mailwright.problems import Exit


@click.command("doctor", **example("setup doctor", "setup doctor example.com", "setup doctor --offline --json"))
@click.argument("domain", type=MailDomain(), required=False)
@click.option("--offline", is_flag=True, help="Ask no DNS.")
@as_json
@reads_sources
def doctor(mailserver: Mailserver, domain: str | None, offline: bool, as_json: bool) -> int:
    """Look for whatever keeps mail from flowing; exit 1 when something wants a cure.

    Findings are marked !, what could be better -, and what could not be asked ?.
    """
    domains = [domain] if domain else sorted(mailserver.directory.domains)
    found = list(rounds.inside(mailserver))
    if offline:
        found.append(Finding("domains", "DNS was not asked (--offline)", level="not asked"))
    else:
        found += rounds.outside(mailserver, domains, keys_of(mailserver, Path(paths.CONFIG)))
    wrong = sum(it.level == "finding" for it in found)
    if as_json:
        click.echo(json.dumps([asdict(it) for it in found], indent=2))
    else:
        for area, findings in groupby(found, key=lambda it: it.area):
            click.echo(area)
            for it in findings:
                click.echo(str(it))
        click.echo(f"{wrong} findings" if wrong != 1 else "1 finding")
    return Exit.FINDINGS if wrong else Exit.OK
