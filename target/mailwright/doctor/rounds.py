"""The rounds: every area in its order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from mailwright import records
from mailwright.dkim import SigningKey
from mailwright.doctor import Finding, local, zones
from mailwright.doctor.resolver import Resolver
from mailwright.model import Mailserver

AT_ONCE = 20  # domains


def inside(mailserver: Mailserver) -> Iterator[Finding]:
    """What needs no DNS."""
    yield from local.configuration(mailserver)
    yield from local.daemons()
    yield from local.certificates(mailserver, datetime.now(UTC))
    yield from local.queue()
    yield from local.disk()
    yield from local.clock()


def outside(mailserver: Mailserver, domains: Sequence[str], keys: Iterable[SigningKey]) -> Iterator[Finding]:
    """What DNS says of the host name and of ``domains``."""
    resolver, keys = Resolver(), list(keys)
    unfit = resolver.fitness()
    yield from unfit
    if any(it.level == "finding" for it in unfit):
        yield Finding("domains", "no domain was looked at: the resolver does not answer", level="not asked")
        return
    asked = {name: records.records(mailserver, name, keys) for name in domains[:AT_ONCE]}
    questions = [(it.name, it.kind) for wanted in asked.values() for it in wanted]
    resolver.warm([*questions, *((f"_mta-sts.{name}", "TXT") for name in asked)])
    yield from zones.host(mailserver.hostname, resolver.ask)
    for record in records.host_records(mailserver):
        yield from zones.compared("host name", record, mailserver.hostname, resolver.ask)
    for name, wanted in asked.items():
        yield from zones.domain(name, mailserver.hostname, wanted, resolver.ask)
    if len(domains) > AT_ONCE:
        what = f"{len(domains) - AT_ONCE} more domains; `doctor DOMAIN` asks about one"
        yield Finding("domains", what, level="not asked")
