"""The examination: the findings of every area, in a fixed order."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from mailwright.apply import install
from mailwright.apply.outcome import Outcome
from mailwright.core import paths, sockets, tree
from mailwright.core.problems import Problem
from mailwright.core.values import amount
from mailwright.dns import records
from mailwright.dns.questions import Lookups, ask_in_rounds
from mailwright.dns.resolver import Resolver
from mailwright.doctor import Finding, domain, host, machine, policy_files, relaying
from mailwright.doctor import certificates as chains
from mailwright.doctor.catalogue import domain as domain_words
from mailwright.doctor.catalogue import server as words
from mailwright.doctor.domain import Zone
from mailwright.formats.certificates import is_self_signed
from mailwright.formats.dkim_keys import SigningKey
from mailwright.host import mailboxes
from mailwright.issuance import observed, plan
from mailwright.model.mailserver import Mailserver
from mailwright.observe import elsewhere, ports
from mailwright.observe import machine as observe
from mailwright.render.tree import render
from mailwright.services.web.mta_sts_policy import has_policy, mta_sts_policy
from mailwright.settings import compatibility

MAX_FILES = 500_000  # of mail whose owner is looked at; a second or two
MAX_DOMAINS = 1000  # in one run
MANY = 5  # this many domains without an answer become one line


def local_findings(
    mailserver: Mailserver, refused: Sequence[Problem], stated: Collection[str] = ()
) -> Iterator[Finding]:
    """All findings that need no DNS. Problems that refuse the configuration prevent some of the checks.

    ``stated`` are the names of the variables that are set.
    """
    yield from configuration(mailserver, refused)
    yield from daemons()
    if mailserver.role.mta and Path(sockets.SUPERVISOR).exists():
        yield from relaying.findings(mailserver)
    yield from submissions(mailserver, stated)
    yield from certificates(mailserver, refused)
    if mailserver.role.mta:
        yield from machine.queue(observe.queue(), time.time())
    for path, volume in observe.volumes().items():
        yield from machine.disk(path, volume)
    owner = mailserver.mail_owner
    yield from machine.owners(mailboxes.foreign(Path(paths.MAIL), owner, MAX_FILES), owner)
    yield from machine.clock(datetime.now(UTC), observe.built(), observe.clock_is_kept())


def configuration(mailserver: Mailserver, refused: Sequence[Problem]) -> Iterator[Finding]:
    """Problems of the settings and files, of the daemons' own checks and of the last pass, and drift."""
    certificates = {
        one.where for pairs in mailserver.certificates_by_name.values() for one in pairs
    }  # have an area of their own
    problems = [*refused]
    yield from (_problem(one) for one in (*mailserver.warnings, *refused) if one.where not in certificates)
    if refused:
        yield words.UNCHECKED.finding(reason="the configuration is refused")
    elif not shutil.which("postconf"):
        yield words.UNCHECKED.finding(reason="the daemons are not installed here")
    else:
        with tempfile.TemporaryDirectory(prefix="mailwright-") as folder:
            problems += install.trial(mailserver, Path(folder) / "etc")
        yield from map(_problem, problems)
        yield from _drift(mailserver)
    earlier = set(Outcome.load().problems) - {str(problem) for problem in problems}
    yield from (words.NOT_LIVE.finding(what=text) for text in sorted(earlier))


def _problem(problem: Problem) -> Finding:
    if problem.warning:
        return words.WARNED.finding(where=problem.where, what=problem.what, hint=problem.hint)
    return words.REFUSED.finding(where=problem.where, what=problem.what, hint=problem.hint or "correct it")


def _drift(mailserver: Mailserver) -> Iterator[Finding]:
    if not Path(sockets.SUPERVISOR).exists():
        return
    rendered = render(mailserver)
    changed = [change.path for change in tree.diff(install.read(Path(paths.RENDERED), rendered), rendered)]
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        yield words.DRIFTED.finding(paths=", ".join(changed[:3]) + more)


def daemons() -> Iterator[Finding]:
    """Findings about programs that do not run and ports that do not greet."""
    try:
        stopped = list(ports.stopped_programs())
    except OSError:
        yield words.DAEMONS_UNASKED.finding(reason="no mail server runs in this container")
        return
    yield from (words.STOPPED.finding(what=text) for text in stopped)
    yield from (words.SILENT.finding(what=text) for text in ports.silent_ports())
    yield from (words.AWAY.finding(what=text) for text in elsewhere.away())


def submissions(mailserver: Mailserver, stated: Collection[str]) -> Iterator[Finding]:
    """A note on port 465 if the variables are docker-mailserver's. What is published cannot be seen from inside."""
    undecided = not mailserver.settings.enable_submissions and "ENABLE_SUBMISSIONS" not in stated
    if undecided and not compatibility.ONLY_THERE.isdisjoint(stated):
        yield words.SUBMISSIONS_OFF.finding()


def certificates(mailserver: Mailserver, refused: Sequence[Problem]) -> Iterator[Finding]:
    """Findings about the server's certificates."""
    if refused and not mailserver.certificates:
        yield words.CERTIFICATES_UNASKED.finding(reason="the configuration is refused")
    for name, pairs in mailserver.certificates_by_name.items():
        for certificate in pairs:
            yield from chains.findings(certificate, name, observe.roots(), datetime.now(UTC))
    if mailserver.acme and (found := plan.load()):
        optional = {name for order in mailserver.acme.orders for name in order.optional}
        yield from chains.issuance(observed.rows(found), optional)


def unlisted(missing: str) -> Iterator[Finding]:
    """That some mail domains may be ``missing`` in what is checked, and why; nothing without a reason."""
    if missing:
        yield domain_words.DOMAINS_UNLISTED.finding(reason=missing)


def zones(mailserver: Mailserver, domains: Iterable[str], keys: Sequence[SigningKey]) -> list[Zone]:
    """Each mail domain with the records that it should publish."""
    self_signed = any(is_self_signed(certificate.chain) for certificate in mailserver.certificates)
    shown = () if self_signed else names_shown(mailserver)
    return [
        Zone(
            name,
            mailserver.hostname,
            tuple(records.records(mailserver, name, keys)),
            tuple(key for key in keys if key.domain == name and key.stage != "old"),
            self_signed,
            records.switches(name),
            mta_sts_policy(mailserver) if mailserver.web and has_policy(mailserver) else "",
            shown,
        )
        for name in domains
    ]


def names_shown(mailserver: Mailserver) -> tuple[str, ...]:
    """The names for which browsers get a valid certificate from the web server; none if a proxy shows its own."""
    if not mailserver.web or mailserver.web.proxies:
        return ()
    certificates = (*mailserver.certificates, *(one.certificate for one in mailserver.sni))
    return tuple(name for one in certificates for name in one.names)


def dns_findings(mailserver: Mailserver, domains: Sequence[str], keys: Sequence[SigningKey]) -> list[Finding]:
    """All findings about the resolver, the host name and ``domains``; only who gets mail from outside asks for them."""
    if not mailserver.role.mta:
        return [domain_words.DNS_UNASKED.finding(reason=f"with ROLE={mailserver.settings.role} it is a front's work")]
    resolver = Resolver(mailserver.hostname)
    findings = host.resolver(resolver.trial(mailserver.settings.enable_dane))
    if any(finding.code == "resolver-dead" for finding in findings):
        return [*findings, domain_words.DNS_UNASKED.finding(reason="the resolver does not answer")]
    # The host name first: a slow resolver then uses up the time for the domains, not for the host name.
    findings += ask_in_rounds(lambda lookups: host_findings(mailserver, lookups), resolver.ask_all)
    checked = zones(mailserver, domains[:MAX_DOMAINS], keys)
    asked = ask_in_rounds(lambda lookups: domain_findings(checked, lookups), resolver.ask_all)
    findings += summarized(policy_files.with_policies(asked, checked))
    left = len(domains) - MAX_DOMAINS
    if left > 0:
        count = amount(left, "more domain")
        reason = f"doctor checks {MAX_DOMAINS} domains in one run"
        findings.append(domain_words.DOMAINS_UNASKED.finding(count=count, reason=reason))
    return findings


def host_findings(mailserver: Mailserver, lookups: Lookups) -> list[Finding]:
    """Findings about the host name's records."""
    findings = list(host.host(mailserver.hostname, lookups.ask))
    if mailserver.certificates and "." in mailserver.hostname:
        tls, wanted = mailserver.smtpd_tls_security_level != "none", records.host_records(mailserver)
        for name, pairs in mailserver.certificates_by_name.items():
            matching = [data for one in pairs for data in records.tlsa_matching(one.chain)]
            mine = [record for record in wanted if record.name == f"_25._tcp.{name}"]
            findings += host.tlsa(name, mine, matching, tls, lookups.ask)
    return findings


def domain_findings(checked: Iterable[Zone], lookups: Lookups) -> list[Finding]:
    """Findings about the mail domains' records."""
    return [finding for zone in checked for finding in domain.findings(zone, lookups.ask)]


def summarized(findings: Sequence[Finding]) -> list[Finding]:
    """``findings`` with one line for the unanswered questions of a domain, and one line for MANY such domains."""
    unanswered = [finding for finding in findings if finding.code == domain_words.DOMAIN_UNASKED.code]
    summary = [finding for finding in findings if finding.code != domain_words.DOMAIN_UNASKED.code]
    by_domain: dict[tuple[str, str], list[Finding]] = {}
    for finding in unanswered:
        by_domain.setdefault((finding.area, finding.reason), []).append(finding)
    by_reason: dict[str, list[Finding]] = {}
    for (_, reason), members in by_domain.items():
        by_reason.setdefault(reason, []).append(_one_line(members))
    for reason, lines in by_reason.items():
        if len(lines) < MANY:
            summary += lines
        else:
            summary.append(domain_words.DOMAINS_UNASKED.finding(count=amount(len(lines), "domain"), reason=reason))
    return sorted(summary, key=lambda finding: finding.area)


def _one_line(findings: Sequence[Finding]) -> Finding:
    """One finding for the unanswered questions of a domain that have the same reason."""
    questions = ", ".join(finding.about for finding in findings)
    what = domain_words.DOMAIN_UNASKED.what.format(question=questions, reason=findings[0].reason)
    return replace(findings[0], what=what, about="")
