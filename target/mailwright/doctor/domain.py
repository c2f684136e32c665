"""Judges of a mail domain's records: MX, SPF, DKIM, SRV; those of the policies are in policies.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from mailwright.dns import spf
from mailwright.dns.questions import Answer, Ask, Unasked
from mailwright.dns.records import Record
from mailwright.doctor import Finding, policies
from mailwright.doctor import host as hosts
from mailwright.doctor.catalogue import domain as words
from mailwright.doctor.policies import unasked
from mailwright.formats.dkim_keys import SigningKey


@dataclass(frozen=True)
class Zone:
    """A mail domain, the records that it should have, and its keys."""

    domain: str
    hostname: str
    records: tuple[Record, ...]
    keys: tuple[SigningKey, ...] = ()
    self_signed: bool = False

    @cached_property
    def lines(self) -> dict[tuple[str, str], str]:
        """Name and type → the line to publish."""
        return {(it.name, it.kind): it.line() for it in self.records}

    def line(self, name: str, kind: str) -> str:
        """The line to publish at ``name``."""
        return self.lines.get((name, kind), "")


def judged(zone: Zone, ask: Ask) -> Iterator[Finding]:
    """All that is wrong with a mail domain's records."""
    yield from mx(zone, ask)
    yield from sender_policy(zone, ask)
    for key in zone.keys:
        yield from dkim(zone, key, ask)
    if not zone.keys:
        yield words.DKIM_NONE.met(domain=zone.domain)
    yield from policies.dmarc(zone.domain, zone.line(f"_dmarc.{zone.domain}", "TXT"), ask)
    sts = zone.line(f"_mta-sts.{zone.domain}", "TXT")
    yield from policies.mta_sts(zone.domain, zone.hostname, sts, zone.self_signed, ask)
    yield from policies.tlsrpt(zone.domain, zone.line(f"_smtp._tls.{zone.domain}", "TXT"), ask)
    for record in zone.records:
        if record.kind == "SRV":
            yield from srv(zone, record, ask)


def mx(zone: Zone, ask: Ask) -> Iterator[Finding]:
    """Whether mail for the domain comes here (RFC 5321, section 5.1)."""
    about, line = f"MX {zone.domain}", zone.line(zone.domain, "MX")
    answer = ask(zone.domain, "MX")
    if isinstance(answer, Unasked):
        yield unasked(zone.domain, about, answer)
        return
    if not answer:
        yield words.MX_MISSING.met(about, domain=zone.domain, line=line)
        return
    found = sorted((int(it.split()[0]), it.split()[1].rstrip(".").lower()) for it in answer)
    if not found[0][1]:
        yield words.MX_NULL.met(about, domain=zone.domain, line=line)
        return
    for _, name in found:
        target = ask(name, "CNAME")
        if target and not isinstance(target, Unasked):
            yield words.MX_ALIAS.met(about, domain=zone.domain, host=name, line=line)
    ours = [preference for preference, name in found if _is_us(name, zone, ask)]
    if not ours:
        others = ", ".join(name for _, name in found)
        yield words.MX_ELSEWHERE.met(about, domain=zone.domain, hosts=others, line=line)
    elif ours[0] > found[0][0]:
        first = ", ".join(name for preference, name in found if preference < ours[0])
        yield words.MX_SECOND.met(about, domain=zone.domain, hosts=first, line=line)


def _is_us(name: str, zone: Zone, ask: Ask) -> bool:
    """Whether a name is ours, or leads to an address of ours."""
    if name == zone.hostname:
        return True
    there, here = hosts.published(name, ask)[0], hosts.published(zone.hostname, ask)[0]
    return bool(set(there) & set(here))


def sender_policy(zone: Zone, ask: Ask) -> Iterator[Finding]:
    """Whether the domain's SPF record lets our addresses send, and not everybody (RFC 7208)."""
    domain, about, line = zone.domain, f"TXT {zone.domain}", zone.line(zone.domain, "TXT")
    answer = ask(domain, "TXT")
    if isinstance(answer, Unasked):
        yield unasked(domain, about, answer)
        return
    found = spf.records(answer)
    if len(found) > 1:
        yield words.SPF_SEVERAL.met(about, domain=domain, count=len(found))
    elif not found:
        yield words.SPF_MISSING.met(about, domain=domain, line=line)
    else:
        yield from _one_policy(zone, found[0], ask)


def _one_policy(zone: Zone, text: str, ask: Ask) -> Iterator[Finding]:
    domain, about, line = zone.domain, f"TXT {zone.domain}", zone.line(zone.domain, "TXT")
    try:
        policy = spf.policy(text)
    except spf.BrokenError as error:
        yield words.SPF_BROKEN.met(about, domain=domain, what=error, line=line)
        return
    if policy.last == "pass":
        yield words.SPF_EVERYBODY.met(about, domain=domain)
        return
    if policy.last in ("", "neutral") and not policy.redirect:
        yield words.SPF_OPEN.met(about, domain=domain)
    addresses, lost = hosts.published(zone.hostname, ask)
    if not addresses:
        reason = lost or f"{zone.hostname} has no address in DNS to ask with"
        yield words.SPF_UNASKED.met(about, domain=domain, reason=reason)
    for address in addresses:
        try:
            result = spf.Check(address, ask).result(domain)
        except spf.BrokenError as error:
            yield words.SPF_BROKEN.met(about, domain=domain, what=error, line=line)
            return
        except spf.UntoldError as error:
            yield words.SPF_UNASKED.met(about, domain=domain, reason=error)
            continue
        if result != "pass":
            said = {"domain": domain, "hostname": zone.hostname, "address": address, "result": result, "line": line}
            yield words.SPF_NOT_US.met(about, **said)


def dkim(zone: Zone, key: SigningKey, ask: Ask) -> Iterator[Finding]:
    """Whether the domain publishes the key that signs its mail (RFC 6376, section 3.6.1)."""
    about, line = f"TXT {key.name}", zone.line(key.name, "TXT")
    answer: Answer = ask(key.name, "TXT")
    said = {"domain": zone.domain, "selector": key.selector, "where": key.where, "line": line}
    if isinstance(answer, Unasked):
        yield unasked(zone.domain, about, answer)
        return
    found = [tags for tags in map(policies.tags, answer) if "p" in tags]
    wanted = policies.tags(key.record)
    fitting = [tags for tags in found if _bare(tags["p"]) == wanted["p"] and tags.get("k", "rsa") == wanted["k"]]
    if not found:
        yield words.DKIM_MISSING.met(about, **said)
    elif not fitting:
        revoked = all(not _bare(tags["p"]) for tags in found)
        yield (words.DKIM_REVOKED if revoked else words.DKIM_DIFFERS).met(about, **said)
    elif any("y" in tags.get("t", "").split(":") for tags in fitting):
        yield words.DKIM_TESTING.met(about, **said)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def srv(zone: Zone, record: Record, ask: Ask) -> Iterator[Finding]:
    """Whether mail programs find one of our doors (RFC 6186)."""
    about, answer = f"SRV {record.name}", ask(record.name, "SRV")
    service = record.name.removesuffix(f".{zone.domain}")
    if isinstance(answer, Unasked):
        yield unasked(zone.domain, about, answer)
    elif not answer:
        yield words.SRV_MISSING.met(about, domain=zone.domain, service=service, line=record.line())
    elif record.data.split()[2:] not in [it.lower().split()[2:] for it in answer]:
        yield words.SRV_ELSEWHERE.met(about, domain=zone.domain, service=service, line=record.line())
