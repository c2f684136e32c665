"""Judges of the host name: its addresses, their names, block lists, TLSA."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mailwright.dns.questions import Answer, Ask, Unasked
from mailwright.dns.records import Record
from mailwright.dns.resolver import Trial
from mailwright.doctor import Finding
from mailwright.doctor.catalogue import host as words
from mailwright.formats.resolv_conf import public

Address = IPv4Address | IPv6Address
# The nets for documentation are not among them: whoever publishes one has made another mistake.
PRIVATE = tuple(
    ip_network(net)
    for net in "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 127.0.0.0/8 169.254.0.0/16 100.64.0.0/10 fc00::/7 fe80::/10 ::1"
    .split()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BlockList:
    """A list of addresses that send spam (RFC 5782), who says why, and which of its answers only state a policy."""

    zone: str
    page: str
    policy: re.Pattern[str] = re.compile(r"(?!)")


LISTS = (
    BlockList("zen.spamhaus.org", "https://check.spamhaus.org", re.compile(r"127\.0\.0\.1[01]")),
    BlockList("bl.spamcop.net", "https://www.spamcop.net/bl.shtml"),
    BlockList("psbl.surriel.com", "https://psbl.org"),
)
# Spamhaus' codes for askers that it does not serve.
REFUSALS = {
    "127.255.255.252": "the list's name is mistyped",
    "127.255.255.254": "it is a public resolver, or has no reverse DNS",
    "127.255.255.255": "it asks too much",
}

SLOW = 1.0  # seconds for one answer


def resolver(trial: Trial) -> list[Finding]:
    """What is wrong with the resolver, which was asked for a root server's address."""
    answer = trial.answer
    if isinstance(answer, Unasked):
        return [words.NO_RESOLVER.met(reason=answer.reason)]
    found = [] if answer else [words.INWARD.met()]
    if trial.seconds > SLOW:
        found.append(words.SLOW.met(seconds=trial.seconds))
    if known := public(trial.servers):
        found.append(words.PUBLIC.met(servers=", ".join(known)))
    if not trial.validates:
        found.append(words.UNVALIDATED.met())
    return found


def published(hostname: str, ask: Ask) -> tuple[list[Address], str]:
    """The addresses of a name in DNS, and why they may not be all."""
    found, lost = [], ""
    for kind in ("A", "AAAA"):
        answer = ask(hostname, kind)
        if isinstance(answer, Unasked):
            lost = f"{kind} of {hostname}: {answer.reason}"
        else:
            found += [ip_address(it) for it in answer]
    return found, lost


def is_private(address: Address) -> bool:
    """Whether only neighbours reach ``address``."""
    return any(address in net for net in PRIVATE)


def host(hostname: str, ask: Ask) -> Iterator[Finding]:
    """Whether the host name has addresses, and these lead back to it and are on no block list."""
    if "." not in hostname:
        yield words.UNQUALIFIED.met(hostname=hostname)
        return
    for kind in ("A", "AAAA"):
        if isinstance(lost := ask(hostname, kind), Unasked):
            yield words.HOST_UNASKED.met(f"{kind} {hostname}", question=f"{kind} of {hostname}", reason=lost.reason)
    target = ask(hostname, "CNAME")
    if target and not isinstance(target, Unasked):
        yield words.HOST_ALIAS.met(f"A {hostname}", hostname=hostname, target=target[0].rstrip("."))
    addresses, lost_any = published(hostname, ask)
    if not addresses and not lost_any:
        yield words.NO_ADDRESS.met(f"A {hostname}", hostname=hostname)
    for address in addresses:
        if is_private(address):
            yield words.PRIVATE.met(address=address)
            yield words.REVERSE_UNASKED.met(address=address)
        else:
            yield from _reverse(hostname, address, ask)
    for address in addresses:
        if not is_private(address):
            yield from (it for block_list in LISTS for it in listed(address, block_list, ask))


def _reverse(hostname: str, address: Address, ask: Ask) -> Iterator[Finding]:
    about = f"PTR {address}"
    names = ask(address.reverse_pointer, "PTR")
    if isinstance(names, Unasked):
        yield words.HOST_UNASKED.met(about, question=f"reverse DNS of {address}", reason=names.reason)
    elif not names:
        yield words.REVERSE_MISSING.met(about, address=address, hostname=hostname)
    elif hostname not in [name.rstrip(".").lower() for name in names]:
        yield words.REVERSE_OTHER.met(about, address=address, names=", ".join(names), hostname=hostname)


def listed(address: Address, block_list: BlockList, ask: Ask) -> Iterator[Finding]:
    """Whether a list has ``address``. Every list has an entry to test it by (RFC 5782, section 5)."""
    zone = block_list.zone
    labels = address.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    codes, test = ask(f"{labels}.{zone}", "A"), ask(f"2.0.0.127.{zone}", "A")
    for answer in (codes, test):
        if isinstance(answer, Unasked):
            yield words.LIST_UNASKED.met(zone=zone, reason=answer.reason)
            return
        refused = [it for it in answer if it.startswith("127.255.255.")]
        if refused:
            reason = REFUSALS.get(refused[0], "it does not say why")
            yield words.LIST_REFUSES.met(zone=zone, codes=refused[0], reason=reason)
            return
    yield from _told(address, block_list, _codes(codes), _codes(test))


def _codes(answer: Answer) -> list[str]:
    return [] if isinstance(answer, Unasked) else [it for it in answer if it.startswith("127.")]


def _told(address: Address, block_list: BlockList, codes: list[str], test: list[str]) -> Iterator[Finding]:
    page, told = block_list.page, ", ".join(codes)
    if not test:
        yield words.LIST_SILENT.met(zone=block_list.zone, address=address)
    elif codes:
        policy = all(block_list.policy.fullmatch(code) for code in codes)
        kind = words.POLICY_LISTED if policy else words.LISTED
        yield kind.met(address=address, zone=block_list.zone, codes=told, page=page)


def tlsa(hostname: str, wanted: Iterable[Record], fitting: Iterable[str], tls: bool, ask: Ask) -> Iterator[Finding]:
    """Whether the TLSA records of port 25 fit (RFC 7672): wrong ones keep mail away, and none is no harm.

    ``fitting`` is all that a record may say of the certificates that are there.
    """
    name = f"_25._tcp.{hostname}"
    answer, about = ask(name, "TLSA"), f"TLSA {name}"
    if isinstance(answer, Unasked):
        yield words.HOST_UNASKED.met(about, question=f"TLSA of {name}", reason=answer.reason)
        return
    line = " and ".join(record.line() for record in wanted)
    if answer and not tls:
        yield words.TLSA_WITHOUT_TLS.met(about, hostname=hostname)
    elif answer:
        said = [" ".join((*it.split()[:3], "".join(it.split()[3:]))).lower() for it in answer]
        if not set(said) & set(fitting):
            yield words.TLSA_WRONG.met(about, hostname=hostname, line=line)
    elif line:
        yield words.TLSA_MISSING.met(about, hostname=hostname, line=line)
