"""The rounds: every area in its order."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from mailwright.apply import install
from mailwright.apply.outcome import Outcome
from mailwright.core import paths, sockets, tree
from mailwright.core.problems import Problem
from mailwright.core.values import amount
from mailwright.dns import records
from mailwright.dns.questions import Notebook, answered
from mailwright.dns.resolver import Resolver
from mailwright.doctor import Finding, domain, host, machine
from mailwright.doctor import certificates as chain
from mailwright.doctor.catalogue import domain as domain_words
from mailwright.doctor.catalogue import server as words
from mailwright.doctor.domain import Zone
from mailwright.formats.certificates import is_self_signed
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model.mailserver import Mailserver
from mailwright.observe import machine as observe
from mailwright.observe import ports
from mailwright.render.tree import render

AT_ONCE = 1000  # domains
ALIKE = 5  # domains that nothing was heard of are summed up from here


def inside(mailserver: Mailserver, refused: Sequence[Problem]) -> Iterator[Finding]:
    """What needs no DNS. What is ``refused`` keeps the configuration from being checked further."""
    yield from configuration(mailserver, refused)
    yield from daemons()
    yield from certificates(mailserver, refused)
    yield from machine.queue(observe.queue(), time.time())
    for path, volume in observe.volumes().items():
        yield from machine.disk(path, volume)
    yield from machine.clock(datetime.now(UTC), observe.built(), observe.clock_is_kept())


def configuration(mailserver: Mailserver, refused: Sequence[Problem]) -> Iterator[Finding]:
    """What is wrong with the operator's files, in our words or in the daemons' checkers'."""
    judged = {it.where for it in mailserver.certificates}  # told in their own area
    yield from (_problem(it) for it in (*mailserver.warnings, *refused) if it.where not in judged)
    told = [*refused]
    if refused:
        yield words.UNCHECKED.met(reason="not asked, while the configuration is refused")
    elif not shutil.which("postconf"):
        yield words.UNCHECKED.met(reason="they are not here")
    else:
        with tempfile.TemporaryDirectory(prefix="mailwright-") as folder:
            told += install.trial(mailserver, Path(folder) / "etc")
        yield from (_problem(it) for it in told)
        yield from _drift(mailserver)
    standing = set(Outcome.load().problems) - {str(it) for it in told}
    yield from (words.NOT_LIVE.met(what=text) for text in sorted(standing))


def _problem(it: Problem) -> Finding:
    kind = words.WARNED if it.warning else words.REFUSED
    return kind.met(where=it.where, what=it.what, hint=it.hint or ("" if it.warning else "mend it"))


def _drift(mailserver: Mailserver) -> Iterator[Finding]:
    if not Path(sockets.SUPERVISOR).exists():
        return
    rendered = render(mailserver)
    changed = [it.path for it in tree.diff(install.read(Path(paths.RENDERED), rendered), rendered)]
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        yield words.DRIFTED.met(paths=", ".join(changed[:3]) + more)


def daemons() -> Iterator[Finding]:
    """Programs that do not run, and ports that do not greet."""
    try:
        stopped = list(ports.stopped_programs())
    except OSError:
        yield words.DAEMONS_UNASKED.met(reason="no mail server runs in this container")
        return
    yield from (words.STOPPED.met(what=text) for text in stopped)
    yield from (words.SILENT.met(what=text) for text in ports.silent_ports())


def certificates(mailserver: Mailserver, refused: Sequence[Problem]) -> Iterator[Finding]:
    """What others may dislike of our certificates."""
    if refused and not mailserver.certificates:
        yield words.CERTIFICATES_UNASKED.met(reason="not looked at, while the configuration is refused")
    for held in mailserver.certificates:
        yield from chain.certificate(held, mailserver.hostname, observe.roots(), datetime.now(UTC))


def zones(mailserver: Mailserver, domains: Iterable[str], keys: Sequence[SigningKey]) -> list[Zone]:
    """What is wanted of each mail domain."""
    self_signed = any(is_self_signed(it.chain) for it in mailserver.certificates)
    return [
        Zone(
            name,
            mailserver.hostname,
            tuple(records.records(mailserver, name, keys)),
            tuple(key for key in keys if key.domain == name and key.stage != "old"),
            self_signed,
        )
        for name in domains
    ]


def outside(mailserver: Mailserver, domains: Sequence[str], keys: Sequence[SigningKey]) -> list[Finding]:
    """What DNS says of the host name and of ``domains``."""
    resolver = Resolver(mailserver.hostname)
    found = host.resolver(resolver.trial(mailserver.settings.enable_dane))
    if any(it.code == "resolver-dead" for it in found):
        return [*found, domain_words.DNS_UNASKED.met(reason="the resolver does not answer")]
    # The host name first, so that a slow resolver leaves its questions for the domains.
    found += answered(lambda notes: host_findings(mailserver, notes), resolver.ask_all)
    looked_at = zones(mailserver, domains[:AT_ONCE], keys)
    found += summed_up(answered(lambda notes: domain_findings(looked_at, notes), resolver.ask_all))
    if len(domains) > AT_ONCE:
        reason = f"doctor looks at {AT_ONCE} at a time"
        count = amount(len(domains) - AT_ONCE, "more domain")
        found.append(domain_words.DOMAINS_UNASKED.met(count=count, reason=reason))
    return found


def host_findings(mailserver: Mailserver, notes: Notebook) -> list[Finding]:
    """What DNS says of the host name."""
    found = list(host.host(mailserver.hostname, notes.ask))
    if mailserver.certificates and "." in mailserver.hostname:
        wanted = records.host_records(mailserver)
        fitting = [it for held in mailserver.certificates for it in records.tlsa_fitting(held.chain)]
        tls = mailserver.smtpd_tls_security_level != "none"
        found += host.tlsa(mailserver.hostname, wanted, fitting, tls, notes.ask)
    return found


def domain_findings(looked_at: Iterable[Zone], notes: Notebook) -> list[Finding]:
    """What DNS says of the mail domains."""
    return [finding for zone in looked_at for finding in domain.judged(zone, notes.ask)]


def summed_up(found: Sequence[Finding]) -> list[Finding]:
    """``found`` with one line for the unanswered questions of a domain, and one for many such domains alike."""
    said: list[Finding] = []
    lost: dict[str, list[Finding]] = {}
    for area, group in groupby(found, key=lambda it: it.area):
        findings = list(group)
        said += [it for it in findings if it.code != "domain-unasked"]
        reasons = groupby(
            [it for it in findings if it.code == "domain-unasked"], key=lambda it: it.what.partition(": ")[2]
        )
        for reason, alike in reasons:
            questions = ", ".join(it.about for it in alike)
            one = domain_words.DOMAIN_UNASKED.met(
                domain=area.removeprefix("domain "), question=questions, reason=reason
            )
            lost.setdefault(reason, []).append(one)
    for reason, alike_too in lost.items():
        if len(alike_too) < ALIKE:
            said += alike_too
        else:
            said.append(domain_words.DOMAINS_UNASKED.met(count=amount(len(alike_too), "domain"), reason=reason))
    return sorted(said, key=lambda it: it.area)
