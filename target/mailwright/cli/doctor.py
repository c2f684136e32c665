"""doctor: what is wrong, and how to fix it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

from mailwright.cli import output
from mailwright.cli.arguments import MAIL_DOMAIN
from mailwright.cli.output import as_json, example
from mailwright.cli.reading import EnvFile, Folder
from mailwright.core import paths
from mailwright.core.problems import Exit
from mailwright.core.values import amount
from mailwright.doctor import Finding, examination
from mailwright.doctor.catalogue import domain as words
from mailwright.doctor.partial import partial
from mailwright.host import generated_secrets
from mailwright.host.read import Places, read
from mailwright.model import filters
from mailwright.observe import domains as observe


@click.command("doctor", **example("setup doctor", "setup doctor example.com", "setup doctor --offline --json"))
@click.argument("domain", type=MAIL_DOMAIN, required=False)
@click.option("--offline", is_flag=True, help="Do not ask DNS.")
@click.option("--config", type=Folder, default=paths.CONFIG, show_default=True, help="The config folder.")
@click.option("--env-file", type=EnvFile, help="Read settings here, not from the environment.")
@as_json
def doctor(domain: str | None, offline: bool, config: Path, env_file: Path | None, as_json: bool) -> None:
    """Look for anything that keeps mail from flowing; exit 1 when there are findings.

    Findings are marked !, notes on what could be better -, and what could not be asked ?.
    """
    findings = examined(Places(config, env_file), domain, offline)
    wrong = sum(finding.level == "finding" for finding in findings)
    if as_json:
        output.show_json([asdict(finding) for finding in findings])
    else:
        output.show_lines(report(findings))
    raise SystemExit(Exit.FINDINGS if wrong else Exit.OK)


def examined(places: Places, domain: str | None, offline: bool) -> list[Finding]:
    """All findings about the server that the files of ``places`` describe."""
    reading = generated_secrets.with_made_up(read(places, os.environ))
    mailserver, refused = partial(reading)
    known = observe.domains(mailserver) if mailserver.role.mta else observe.Domains()
    ours = list(known.names)
    domains = [domain] if domain else ours
    keys, bad_keys = filters.keys(reading.sources, ours)
    findings = [words.DKIM_UNREADABLE.finding(where=problem.where, what=problem.what) for problem in bad_keys]
    findings += examination.unlisted("" if domain else known.missing)
    findings += examination.local_findings(mailserver, refused, reading.variables.values)
    if offline:
        findings.append(words.DNS_UNASKED.finding(reason="--offline was given"))
    else:
        findings += examination.dns_findings(mailserver, domains, keys)
    return findings


def report(findings: Sequence[Finding]) -> list[str]:
    """``findings`` in lines, by area, with a count at the end."""
    lines = []
    for area, members in groupby(findings, key=lambda finding: finding.area):
        lines += [area, *(_coloured(finding) for finding in members)]
    count = {level: sum(finding.level == level for finding in findings) for level in ("finding", "note", "not asked")}
    counts = ", ".join(amount(count[level], level) for level in ("finding", "note"))
    return [*lines, f"{counts}, {count['not asked']} not asked"]


def _coloured(finding: Finding) -> str:
    kind = {"finding": "error", "note": "warning"}.get(finding.level, "")
    return output.styled(str(finding), kind)
