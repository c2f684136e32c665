"""doctor: what is wrong, and what cures it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

from mailwright.cli.arguments import MailDomain, as_json, example
from mailwright.cli.reading import EnvFile, Folder
from mailwright.core import paths
from mailwright.core.problems import Exit
from mailwright.doctor import Finding, examination
from mailwright.doctor.catalogue import domain as words
from mailwright.doctor.partial import partial
from mailwright.host import generated_secrets
from mailwright.host.read import Places, read
from mailwright.model import filters


@click.command("doctor", **example("setup doctor", "setup doctor example.com", "setup doctor --offline --json"))
@click.argument("domain", type=MailDomain(), required=False)
@click.option("--offline", is_flag=True, help="Ask no DNS.")
@click.option("--config", type=Folder, default=paths.CONFIG, show_default=True, help="The config folder.")
@click.option("--env-file", type=EnvFile, help="Read settings here, not from the environment.")
@as_json
def doctor(domain: str | None, offline: bool, config: Path, env_file: Path | None, as_json: bool) -> None:
    """Look for whatever keeps mail from flowing; exit 1 when something wants a cure.

    Findings are marked !, what could be better -, and what could not be asked ?.
    """
    found = examined(Places(config, env_file), domain, offline)
    wrong = sum(it.level == "finding" for it in found)
    if as_json:
        click.echo(json.dumps([asdict(it) for it in found], indent=2))
    else:
        for line in report(found):
            click.echo(line)
    raise SystemExit(Exit.FINDINGS if wrong else Exit.OK)


def examined(places: Places, domain: str | None, offline: bool) -> list[Finding]:
    """All that is to tell of the server that the files of ``places`` describe."""
    reading = generated_secrets.with_made_up(read(places, os.environ))
    mailserver, refused = partial(reading)
    domains = [domain] if domain else sorted(mailserver.directory.domains)
    keys, bad_keys = filters.keys(reading.sources, mailserver.directory.domains)
    found = list(examination.inside(mailserver, refused))
    found[:0] = [words.DKIM_UNREADABLE.met(where=it.where, what=it.what) for it in bad_keys]
    if offline:
        found.append(words.DNS_UNASKED.met(reason="--offline was given"))
    else:
        found += examination.outside(mailserver, domains, keys)
    return found


def report(found: Sequence[Finding]) -> list[str]:
    """``found`` in lines, by area, with a count at the end."""
    lines = []
    for area, findings in groupby(found, key=lambda it: it.area):
        lines += [area, *map(str, findings)]
    count = {level: sum(it.level == level for it in found) for level in ("finding", "note", "not asked")}
    plural = [f"{count[level]} {level}{'' if count[level] == 1 else 's'}" for level in ("finding", "note")]
    return [*lines, f"{', '.join(plural)}, {count['not asked']} not asked"]
