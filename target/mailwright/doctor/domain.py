"""Checks of a mail domain's records: MX, SPF, DKIM and SRV; those of DMARC, MTA-STS and TLSRPT are in policies.py."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mailwright.dns import spf
from mailwright.dns.questions import Answer, Ask, Unanswered
from mailwright.dns.records import NOT_OFFERED, Record
from mailwright.doctor import Finding, policies
from mailwright.doctor import host as hosts
from mailwright.doctor.catalogue import domain as words
from mailwright.doctor.policies import unanswered
from mailwright.formats.certificates import covers
from mailwright.formats.dkim_keys import SigningKey


@dataclass(frozen=True)
class Zone:
    """A mail domain, the records that it should publish, and its DKIM keys.

    ``switches`` has the names of the SRV records, and the setting that opens the port of each.
    """

    domain: str
    hostname: str
    records: tuple[Record, ...]
    keys: tuple[SigningKey, ...] = ()
    self_signed: bool = False
    switches: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""  # the MTA-STS policy that this server serves
    shown: tuple[str, ...] = ()  # all names that a certificate of its web server is valid for; empty: not judged

    @cached_property
    def lines(self) -> dict[tuple[str, str], str]:
        """Name and type → the line to publish."""
        return {(record.name, record.kind): record.line() for record in self.records}

    def line(self, name: str, kind: str) -> str:
        """The line to publish at ``name``, or nothing."""
        return self.lines.get((name, kind), "")


def findings(zone: Zone, ask: Ask) -> Iterator[Finding]:
    """All findings about a mail domain's records."""
    yield from mx(zone, ask)
    yield from sender_policy(zone, ask)
    for key in zone.keys:
        yield from dkim(zone, key, ask)
    if not zone.keys:
        yield words.DKIM_NONE.finding(domain=zone.domain)
    yield from policies.dmarc(zone.domain, zone.line(f"_dmarc.{zone.domain}", "TXT"), ask)
    sts = zone.line(f"_mta-sts.{zone.domain}", "TXT")
    yield from policies.mta_sts(zone.domain, sts, zone.policy, zone.self_signed, ask)
    yield from policies.tlsrpt(zone.domain, zone.line(f"_smtp._tls.{zone.domain}", "TXT"), ask)
    for record in zone.records:
        if record.kind == "SRV":
            yield from (srv_not_offered if record.data == NOT_OFFERED else srv)(zone, record, ask)
        elif record.kind == "CNAME":
            yield from web_name(zone, record, ask)


def mx(zone: Zone, ask: Ask) -> Iterator[Finding]:
    """Findings about the MX records: whether mail for the domain comes to this server (RFC 5321, section 5.1)."""
    about, line = f"MX {zone.domain}", zone.line(zone.domain, "MX")
    answer = ask(zone.domain, "MX")
    if isinstance(answer, Unanswered):
        yield unanswered(zone.domain, about, answer)
        return
    if not answer:
        yield words.MX_MISSING.finding(about, domain=zone.domain, line=line)
        return
    servers = sorted((int(text.split()[0]), text.split()[1].rstrip(".").lower()) for text in answer)
    if not servers[0][1]:
        yield words.MX_NULL.finding(about, domain=zone.domain, line=line)
        return
    for _, name in servers:
        target = ask(name, "CNAME")
        if target and not isinstance(target, Unanswered):
            yield words.MX_ALIAS.finding(about, domain=zone.domain, host=name, line=line)
    ours = [preference for preference, name in servers if _is_this_server(name, zone, ask)]
    if not ours:
        others = ", ".join(name for _, name in servers)
        yield words.MX_ELSEWHERE.finding(about, domain=zone.domain, hosts=others, line=line)
    elif ours[0] > servers[0][0]:
        first = ", ".join(name for preference, name in servers if preference < ours[0])
        yield words.MX_SECOND.finding(about, domain=zone.domain, hosts=first, line=line)


def _is_this_server(name: str, zone: Zone, ask: Ask) -> bool:
    """Whether a name is this server's host name, or has one of its addresses."""
    if name == zone.hostname:
        return True
    addresses, own = hosts.published(name, ask)[0], hosts.published(zone.hostname, ask)[0]
    return bool(set(addresses) & set(own))


def sender_policy(zone: Zone, ask: Ask) -> Iterator[Finding]:
    """Findings about the SPF record: whether it allows this server to send, and not every server (RFC 7208)."""
    domain, about, line = zone.domain, f"TXT {zone.domain}", zone.line(zone.domain, "TXT")
    answer = ask(domain, "TXT")
    if isinstance(answer, Unanswered):
        yield unanswered(domain, about, answer)
        return
    records = spf.records(answer)
    if len(records) > 1:
        yield words.SPF_SEVERAL.finding(about, domain=domain, count=len(records))
    elif not records:
        yield words.SPF_MISSING.finding(about, domain=domain, line=line)
    else:
        yield from _one_spf(zone, records[0], ask)


def _one_spf(zone: Zone, text: str, ask: Ask) -> Iterator[Finding]:
    domain, about, line = zone.domain, f"TXT {zone.domain}", zone.line(zone.domain, "TXT")
    try:
        policy = spf.policy(text)
    except spf.PermError as error:
        yield words.SPF_BROKEN.finding(about, domain=domain, what=error, line=line)
        return
    if policy.default == "pass":
        yield words.SPF_EVERYBODY.finding(about, domain=domain)
        return
    if policy.default in ("", "neutral") and not policy.redirect:
        yield words.SPF_OPEN.finding(about, domain=domain)
    yield from _spf_results(zone, ask)


def _spf_results(zone: Zone, ask: Ask) -> Iterator[Finding]:
    """Findings about the SPF result of each of this server's addresses."""
    domain, about, line = zone.domain, f"TXT {zone.domain}", zone.line(zone.domain, "TXT")
    addresses, incomplete = hosts.published(zone.hostname, ask)
    if not addresses:
        reason = incomplete or f"{zone.hostname} has no address in DNS"
        yield words.SPF_UNASKED.finding(about, domain=domain, reason=reason)
    for address in addresses:
        try:
            result = spf.Check(address, ask).result(domain)
        except spf.PermError as error:
            yield words.SPF_BROKEN.finding(about, domain=domain, what=error, line=line)
            return
        except spf.UnknownResultError as error:
            yield words.SPF_UNASKED.finding(about, domain=domain, reason=error)
            continue
        if result != "pass":
            yield words.SPF_NOT_US.finding(
                about, domain=domain, hostname=zone.hostname, address=address, result=result, line=line
            )


def dkim(zone: Zone, key: SigningKey, ask: Ask) -> Iterator[Finding]:
    """Findings about the DKIM record of one key (RFC 6376, section 3.6.1)."""
    about, line = f"TXT {key.name}", zone.line(key.name, "TXT")
    answer: Answer = ask(key.name, "TXT")
    place = {"domain": zone.domain, "selector": key.selector, "where": key.where, "line": line}
    if isinstance(answer, Unanswered):
        yield unanswered(zone.domain, about, answer)
        return
    records = [tags for tags in map(policies.tags, answer) if "p" in tags]
    own = policies.tags(key.record)
    matching = [tags for tags in records if _without_blanks(tags["p"]) == own["p"] and tags.get("k", "rsa") == own["k"]]
    if not records:
        yield words.DKIM_MISSING.finding(about, **place)
    elif not matching:
        revoked = all(not _without_blanks(tags["p"]) for tags in records)
        yield (words.DKIM_REVOKED if revoked else words.DKIM_DIFFERS).finding(about, **place)
    elif any("y" in tags.get("t", "").split(":") for tags in matching):
        yield words.DKIM_TESTING.finding(about, **place)


def _without_blanks(text: str) -> str:
    return re.sub(r"\s", "", text)


def srv(zone: Zone, record: Record, ask: Ask) -> Iterator[Finding]:
    """Findings about the SRV record of one service, by which mail programs find it (RFC 6186)."""
    about, answer = f"SRV {record.name}", ask(record.name, "SRV")
    service = record.name.removesuffix(f".{zone.domain}")
    if isinstance(answer, Unanswered):
        yield unanswered(zone.domain, about, answer)
    elif not answer:
        yield words.SRV_MISSING.finding(about, domain=zone.domain, service=service, line=record.line())
    elif record.data.split()[2:] not in [text.lower().split()[2:] for text in answer]:
        yield words.SRV_ELSEWHERE.finding(about, domain=zone.domain, service=service, line=record.line())


def srv_not_offered(zone: Zone, record: Record, ask: Ask) -> Iterator[Finding]:
    """Findings about the SRV record that says that a service is not offered (RFC 6186, section 3.4).

    It may name another server, but not a port of this server that is off.
    """
    about, answer = f"SRV {record.name}", ask(record.name, "SRV")
    service, line = record.name.removesuffix(f".{zone.domain}"), record.line()
    if isinstance(answer, Unanswered):
        yield unanswered(zone.domain, about, answer)
    elif not answer:
        yield words.SRV_UNSAID.finding(about, domain=zone.domain, service=service, line=line)
    elif zone.hostname in [text.split()[3].rstrip(".").lower() for text in answer]:
        switch = zone.switches[record.name]
        yield words.SRV_CLOSED.finding(about, domain=zone.domain, service=service, switch=switch, line=line)


def web_name(zone: Zone, record: Record, ask: Ask) -> Iterator[Finding]:
    """Findings about a name of the domain that the web server answers for, as an alias or with addresses of its own."""
    about = f"CNAME {record.name}"
    policy = record.name == f"mta-sts.{zone.domain}"
    clients = "other servers cannot fetch the MTA-STS policy" if policy else "mail programs cannot fetch their settings"
    place = {"domain": zone.domain, "name": record.name, "line": record.line(), "hostname": zone.hostname}
    place |= {"clients": clients}
    addresses, incomplete = hosts.published(record.name, ask)
    own, own_incomplete = hosts.published(zone.hostname, ask)
    if not addresses and incomplete:
        yield unanswered(zone.domain, about, Unanswered(incomplete))
    elif not addresses:
        yield words.WEB_NAME_MISSING.finding(about, **place)
    elif not set(addresses) & set(own) and not own_incomplete:
        yield words.WEB_NAME_ELSEWHERE.finding(about, addresses=", ".join(map(str, addresses)), **place)
    elif zone.shown and not covers(zone.shown, record.name):
        yield words.WEB_NAME_UNCOVERED.finding(about, **place)
