"""SPF: whether a domain's record lets an address send (RFC 7208), as far as that can be told without a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mailwright.dns.questions import Ask, Unasked

Address = IPv4Address | IPv6Address
LOOKUPS = 10  # section 4.6.4
RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
TERM = re.compile(
    r"(?P<sign>[+?~-]?)(?P<name>[a-z0-9]+)(?::(?P<value>[^/]+|[0-9a-f:.]+))?(?P<cidr>(?:/{1,2}\d+)*)", re.I
)
IP_TERM = re.compile(r"(?P<sign>[+?~-]?)(?P<name>ip[46]):(?P<value>[0-9a-f:.]+(?:/\d+)?)", re.I)
MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>\S*)", re.I)
MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")


class BrokenError(Exception):
    """The record is wrong, which receivers call permerror."""


class UntoldError(Exception):
    """The result depends on what could not be asked."""


@dataclass(frozen=True, slots=True)
class Term:
    """``-ip4:192.0.2.0/24`` as result, mechanism, value and the widths behind it (IPv4, IPv6)."""

    result: str
    name: str
    value: str = ""
    widths: tuple[int, int] = (32, 128)


@dataclass(frozen=True, slots=True)
class Policy:
    """A record's terms in their order, and where it says to go on when none matches."""

    terms: tuple[Term, ...]
    redirect: str = ""

    @property
    def last(self) -> str:
        """What becomes of strangers, or nothing when the record does not say."""
        return next((term.result for term in self.terms if term.name == "all"), "")


def records(texts: tuple[str, ...]) -> list[str]:
    """The SPF records among TXT records (section 4.5)."""
    return [it for it in texts if it.lower() == "v=spf1" or it.lower().startswith("v=spf1 ")]


def policy(text: str) -> Policy:
    """The record ``text`` understood; BrokenError says what is wrong."""
    terms, redirect = [], ""
    for word in text.split()[1:]:
        modifier = MODIFIER.fullmatch(word)
        if modifier:
            redirect = modifier["value"] if modifier["name"].lower() == "redirect" else redirect
            continue
        terms.append(_term(word))
    return Policy(tuple(terms), redirect)


def _term(word: str) -> Term:
    match = IP_TERM.fullmatch(word) or TERM.fullmatch(word)
    name = match["name"].lower() if match else ""
    if not match or name not in MECHANISMS:
        raise BrokenError(f"{word!r} is no mechanism")
    value = match["value"] or ""
    if name in ("ip4", "ip6"):
        try:
            right = ip_network(value, strict=False).version == int(name[2])
        except ValueError:
            right = False
        if not right:
            raise BrokenError(f"{word!r} has no {'IPv4' if name == 'ip4' else 'IPv6'} address")
        return Term(RESULTS[match["sign"] or "+"], name, value)
    if name in ("include", "exists") and not value:
        raise BrokenError(f"{word!r} names no domain")
    return Term(RESULTS[match["sign"] or "+"], name, value, _widths(match["cidr"], word))


def _widths(cidr: str, word: str) -> tuple[int, int]:
    match = re.fullmatch(r"(?:/(\d+))?(?://(\d+))?", cidr)
    four, six = (int(match[1] or 32), int(match[2] or 128)) if match else (99, 999)
    if four > 32 or six > 128:
        raise BrokenError(f"{word!r} has a prefix that is too long")
    return four, six


class Check:
    """One address against one domain, counting the look-ups that receivers allow."""

    def __init__(self, address: Address, ask: Ask) -> None:
        self.address = address
        self._ask = ask
        self._lookups = 0

    def result(self, domain: str) -> str:
        """pass, fail, softfail, neutral, or none without a record; BrokenError, UntoldError."""
        found = records(self._texts(domain))
        if len(found) != 1:
            if found:
                raise BrokenError(f"{domain} has {len(found)} SPF records")
            return "none"
        said = policy(found[0])
        for term in said.terms:
            if self._matches(term, domain):
                return term.result
        if said.redirect and not said.last:
            self._count()
            return self._named(said.redirect, "redirect=")
        return "neutral"

    def _matches(self, term: Term, domain: str) -> bool:
        if term.name == "all":
            return True
        if term.name in ("ip4", "ip6"):
            return self.address in ip_network(term.value, strict=False)
        self._count()
        if "%" in term.value or term.name == "ptr":
            raise UntoldError(f"{term.name}:{term.value} depends on each mail".replace(": ", " "))
        name = term.value or domain
        match term.name:
            case "include":
                return self._named(name, "include:") == "pass"
            case "exists":
                return bool(self._records(name, "A"))
            case "mx":
                hosts = [it.split()[-1].rstrip(".") for it in self._records(name, "MX")]
                return any(self._near(address, term) for host in hosts[:10] for address in self._addresses(host))
        return any(self._near(address, term) for address in self._addresses(name))

    def _named(self, name: str, how: str) -> str:
        result = self.result(name)
        if result == "none":
            raise BrokenError(f"{how}{name} leads to no SPF record")
        return result

    def _near(self, address: str, term: Term) -> bool:
        width = term.widths[self.address.version == 6]
        return self.address in ip_network(f"{ip_address(address)}/{width}", strict=False)

    def _addresses(self, host: str) -> Iterator[str]:
        yield from self._records(host, "A" if self.address.version == 4 else "AAAA")

    def _count(self) -> None:
        self._lookups += 1
        if self._lookups > LOOKUPS:
            raise BrokenError(f"it takes more than {LOOKUPS} look-ups")

    def _texts(self, domain: str) -> tuple[str, ...]:
        return self._records(domain, "TXT")

    def _records(self, name: str, kind: str) -> tuple[str, ...]:
        answer = self._ask(name, kind)
        if isinstance(answer, Unasked):
            raise UntoldError(f"{kind} of {name}: {answer.reason}")
        return answer
