"""Checks of the host name (addresses, reverse DNS, block lists, TLSA) and of the resolver."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mailwright.dns.questions import Answer, Ask, Unanswered
from mailwright.dns.records import Record
from mailwright.dns.resolver import Trial
from mailwright.doctor import Finding
from mailwright.doctor.catalogue import host as words
from mailwright.formats.resolv_conf import public

Address = IPv4Address | IPv6Address
# Networks for documentation are left out: to publish one of their addresses is another mistake.
PRIVATE = tuple(
    ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10"),
        *("fc00::/7", "fe80::/10", "::1"),
    )
)


@dataclass(frozen=True, slots=True)
class BlockList:
    """A DNS block list (RFC 5782), the page that explains a listing, and the codes of ranges listed by policy."""

    zone: str
    page: str
    policy: re.Pattern[str] = re.compile(r"(?!)")


LISTS = (
    BlockList("zen.spamhaus.org", "https://check.spamhaus.org", re.compile(r"127\.0\.0\.1[01]")),
    BlockList("bl.spamcop.net", "https://www.spamcop.net/bl.shtml"),
    BlockList("psbl.surriel.com", "https://psbl.org"),
)
# Codes with which Spamhaus refuses to answer.
REFUSALS = {
    "127.255.255.252": "the name of the list is wrong",
    "127.255.255.254": "the resolver is public, or its address has no reverse DNS",
    "127.255.255.255": "the resolver asks too many questions",
}

SLOW = 1.0  # seconds for one answer


def resolver(trial: Trial) -> list[Finding]:
    """Findings about the resolver, from its answer for a root server's address."""
    answer = trial.answer
    if isinstance(answer, Unanswered):
        return [words.NO_RESOLVER.finding(reason=answer.reason)]
    findings = [] if answer else [words.INWARD.finding()]
    if trial.seconds > SLOW:
        findings.append(words.SLOW.finding(seconds=trial.seconds))
    if servers := public(trial.servers):
        findings.append(words.PUBLIC.finding(servers=", ".join(servers)))
    if not trial.validates:
        findings.append(words.UNVALIDATED.finding())
    return findings


def published(hostname: str, ask: Ask) -> tuple[list[Address], str]:
    """The addresses of a name in DNS, and the reason if the list may be incomplete."""
    addresses, reason = [], ""
    for kind in ("A", "AAAA"):
        answer = ask(hostname, kind)
        if isinstance(answer, Unanswered):
            reason = f"{kind} of {hostname}: {answer.reason}"
        else:
            addresses += [ip_address(text) for text in answer]
    return addresses, reason


def is_private(address: Address) -> bool:
    """Whether ``address`` cannot be reached from the internet."""
    return any(address in network for network in PRIVATE)


def host(hostname: str, ask: Ask) -> Iterator[Finding]:
    """Findings about the host name: its addresses, their reverse DNS, and block lists."""
    if "." not in hostname:
        yield words.UNQUALIFIED.finding(hostname=hostname)
        return
    for kind in ("A", "AAAA"):
        if isinstance(answer := ask(hostname, kind), Unanswered):
            question = f"{kind} of {hostname}"
            yield words.HOST_UNASKED.finding(f"{kind} {hostname}", question=question, reason=answer.reason)
    target = ask(hostname, "CNAME")
    if target and not isinstance(target, Unanswered):
        yield words.HOST_ALIAS.finding(f"A {hostname}", hostname=hostname, target=target[0].rstrip("."))
    addresses, incomplete = published(hostname, ask)
    if not addresses and not incomplete:
        yield words.NO_ADDRESS.finding(f"A {hostname}", hostname=hostname)
    for address in addresses:
        if is_private(address):
            yield words.PRIVATE.finding(address=address)
            yield words.REVERSE_UNASKED.finding(address=address)
        else:
            yield from _reverse(hostname, address, ask)
    for address in addresses:
        if not is_private(address):
            for block_list in LISTS:
                yield from listed(address, block_list, ask)


def _reverse(hostname: str, address: Address, ask: Ask) -> Iterator[Finding]:
    about = f"PTR {address}"
    names = ask(address.reverse_pointer, "PTR")
    if isinstance(names, Unanswered):
        yield words.HOST_UNASKED.finding(about, question=f"reverse DNS of {address}", reason=names.reason)
    elif not names:
        yield words.REVERSE_MISSING.finding(about, address=address, hostname=hostname)
    elif hostname not in [name.rstrip(".").lower() for name in names]:
        yield words.REVERSE_OTHER.finding(about, address=address, names=", ".join(names), hostname=hostname)


def listed(address: Address, block_list: BlockList, ask: Ask) -> Iterator[Finding]:
    """Findings about one block list. Every list has a test entry, which shows that it answers (RFC 5782, section 5)."""
    zone = block_list.zone
    labels = address.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    codes, test = ask(f"{labels}.{zone}", "A"), ask(f"2.0.0.127.{zone}", "A")
    for answer in (codes, test):
        if isinstance(answer, Unanswered):
            yield words.LIST_UNASKED.finding(zone=zone, reason=answer.reason)
            return
        refused = [code for code in answer if code.startswith("127.255.255.")]
        if refused:
            reason = REFUSALS.get(refused[0], "the list gives no reason")
            yield words.LIST_REFUSES.finding(zone=zone, codes=refused[0], reason=reason)
            return
    yield from _listing(address, block_list, _codes(codes), _codes(test))


def _codes(answer: Answer) -> list[str]:
    return [] if isinstance(answer, Unanswered) else [code for code in answer if code.startswith("127.")]


def _listing(address: Address, block_list: BlockList, codes: list[str], test: list[str]) -> Iterator[Finding]:
    if not test:
        yield words.LIST_SILENT.finding(zone=block_list.zone, address=address)
    elif codes:
        policy = all(block_list.policy.fullmatch(code) for code in codes)
        diagnosis = words.POLICY_LISTED if policy else words.LISTED
        yield diagnosis.finding(address=address, zone=block_list.zone, codes=", ".join(codes), page=block_list.page)


def tlsa(hostname: str, records: Iterable[Record], matching: Iterable[str], tls: bool, ask: Ask) -> Iterator[Finding]:
    """Findings about the TLSA records of port 25 (RFC 7672): a wrong one stops mail, a missing one does not.

    ``records`` are those to publish; ``matching`` is the data of every record that matches the certificates.
    """
    name = f"_25._tcp.{hostname}"
    answer, about = ask(name, "TLSA"), f"TLSA {name}"
    if isinstance(answer, Unanswered):
        yield words.HOST_UNASKED.finding(about, question=f"TLSA of {name}", reason=answer.reason)
        return
    line = " and ".join(record.line() for record in records)
    if answer and not tls:
        yield words.TLSA_WITHOUT_TLS.finding(about, hostname=hostname)
    elif answer:
        published_data = {" ".join((*text.split()[:3], "".join(text.split()[3:]))).lower() for text in answer}
        if not published_data & set(matching):
            yield words.TLSA_WRONG.finding(about, hostname=hostname, line=line)
    elif line:
        yield words.TLSA_MISSING.finding(about, hostname=hostname, line=line)
