"""setup dns: the records to publish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from mailwright.cli.arguments import MAIL_DOMAIN
from mailwright.cli.output import as_json, example, say, show
from mailwright.cli.reading import mail_domains, must_take_mail, reads_sources
from mailwright.core.problems import Exit
from mailwright.dns import records
from mailwright.dns.questions import Lookups, ask_in_rounds
from mailwright.dns.records import Record
from mailwright.dns.resolver import Resolver
from mailwright.doctor import Finding, examination
from mailwright.doctor.domain import Zone
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model.mailserver import Mailserver
from mailwright.services.web.mta_sts_policy import has_policy
from mailwright.services.web.mta_sts_policy import mta_sts_policy as policy_text


@click.command("dns", **example("setup dns", "setup dns example.com --zone"))
@click.argument("domain", type=MAIL_DOMAIN, required=False)
@click.option("--zone", is_flag=True, help="Print lines for a zone file, without asking DNS.")
@click.option("--mta-sts-policy", is_flag=True, help="Print the MTA-STS policy, for your web server.")
@as_json
@reads_sources
def dns(mailserver: Mailserver, domain: str | None, zone: bool, mta_sts_policy: bool, as_json: bool) -> int:
    """Print the DNS records to publish for DOMAIN, or for all, and what DNS says now."""
    must_take_mail(mailserver)
    domains = [domain] if domain else mail_domains(mailserver)
    keys = mailserver.dkim
    if not (keys or mailserver.role.filters):
        say(
            "warning: this front has no DKIM keys; `setup dkim list` on a filter shows their records",
            "warning",
            err=True,
        )
    if mta_sts_policy:
        if not has_policy(mailserver):
            raise click.ClickException("MTA-STS needs a certificate that others trust: set SSL_TYPE first")
        click.echo(policy_text(mailserver), nl=False)
    elif zone:
        for line in zone_lines(mailserver, domains, keys, whole=domain is None):
            click.echo(line)
    else:
        columns = {"state": "state", "name": "name", "type": "type", "data": "data"}
        show(rows(mailserver, domains, keys), columns, as_json, "no mail domains yet")
    return Exit.OK


def zone_lines(
    mailserver: Mailserver, domains: Sequence[str], keys: Sequence[SigningKey], *, whole: bool
) -> Iterator[str]:
    """Lines for the zone file of each domain. For one domain, records of other zones are comments."""
    host, rest = mailserver.hostname, list(records.host_records(mailserver))
    yield f"; {host} needs an A (and AAAA) record with the public address, and that address a PTR record back."
    for name in domains:
        yield f"; ----- zone of {name}"
        yield from (record.line() for record in records.records(mailserver, name, keys))
        if has_policy(mailserver) and not mailserver.web:
            yield from (f"; {line}" for line in policy_hint(mailserver, name))
        here = [record for record in rest if record.name.endswith(f".{name}")]
        yield from (record.line() for record in here)
        rest = [record for record in rest if record not in here]
    for record in rest:
        yield f"; ----- zone of {record.name.removeprefix('_25._tcp.')}"
        yield record.line() if whole else f"; {record.line()}"


def policy_hint(mailserver: Mailserver, domain: str) -> list[str]:
    """What MTA-STS needs besides the records."""
    return [
        f"mta-sts.{domain} needs an address, where https://mta-sts.{domain}/.well-known/mta-sts.txt says:",
        *(f"  {line}" for line in policy_text(mailserver).splitlines()),
    ]


def rows(mailserver: Mailserver, domains: Sequence[str], keys: Sequence[SigningKey]) -> list[dict[str, str]]:
    """Each record with what DNS says about it now, in doctor's words."""
    resolver = Resolver(mailserver.hostname)
    zones = examination.zones(mailserver, domains, keys)
    findings = ask_in_rounds(lambda lookups: _judged(mailserver, zones, lookups), resolver.ask_all)
    host = mailserver.hostname
    wanted = [record for zone in zones for record in zone.records]
    wanted += [
        Record(host, "A", "(the public address)", "where we are; AAAA too"),
        *records.host_records(mailserver),
    ]
    return [
        {
            "name": record.name,
            "type": record.kind,
            "data": record.data,
            "purpose": record.purpose,
            "state": state(record, findings),
        }
        for record in wanted
    ]


def _judged(mailserver: Mailserver, zones: Sequence[Zone], lookups: Lookups) -> list[Finding]:
    return examination.host_findings(mailserver, lookups) + examination.domain_findings(zones, lookups)


def state(record: Record, findings: Sequence[Finding]) -> str:
    """``present``, ``missing``, ``differs: …`` or ``can't be asked: …``, as the findings about the record say."""
    about = [finding for finding in findings if finding.about == f"{record.kind} {record.name}"]
    for finding in about:
        if finding.level == "not asked":
            return f"can't be asked: {finding.reason or finding.what}"
    for finding in about:
        if finding.code.endswith(("-missing", "-no-address")):
            return "missing"
    # A note is about a record that works.
    wrong = [one.what for one in about if one.level == "finding" or one.code.endswith("-elsewhere")]
    return f"differs: {'; '.join(wrong)}" if wrong else "present"
