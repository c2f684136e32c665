"""SPF: whether a domain's record lets an address send (RFC 7208), as far as this can be evaluated without a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mailwright.dns.questions import Ask, Unanswered

Address = IPv4Address | IPv6Address
MAX_LOOKUPS = 10  # section 4.6.4
RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
TERM = re.compile(
    r"(?P<sign>[+?~-]?)(?P<name>[a-z0-9]+)(?::(?P<value>[^/]+|[0-9a-f:.]+))?(?P<cidr>(?:/{1,2}\d+)*)", re.I
)
IP_TERM = re.compile(r"(?P<sign>[+?~-]?)(?P<name>ip[46]):(?P<value>[0-9a-f:.]+(?:/\d+)?)", re.I)
MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>\S*)", re.I)
MECHANISMS = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")


class PermError(Exception):
    """The record is invalid; receivers report permerror (section 2.6.7)."""


class UnknownResultError(Exception):
    """The result depends on an unanswered question, or on each mail."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term: ``-ip4:192.0.2.0/24`` as result, mechanism, value and prefix lengths (IPv4, IPv6)."""

    result: str
    name: str
    value: str = ""
    prefixes: tuple[int, int] = (32, 128)


@dataclass(frozen=True, slots=True)
class Policy:
    """The terms of a record in order, and the domain whose record is used if no term matches (``redirect=``)."""

    terms: tuple[Term, ...]
    redirect: str = ""

    @property
    def default(self) -> str:
        """The result of ``all``: for every address that no other term matches. Empty without ``all``."""
        return next((term.result for term in self.terms if term.name == "all"), "")


def records(texts: tuple[str, ...]) -> list[str]:
    """The SPF records among TXT records (section 4.5)."""
    return [text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


def policy(text: str) -> Policy:
    """The record ``text`` as a Policy; PermError if it is invalid."""
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
        raise PermError(f"{word!r} is not a valid SPF term")
    value = match["value"] or ""
    if name in ("ip4", "ip6"):
        try:
            valid = ip_network(value, strict=False).version == int(name[2])
        except ValueError:
            valid = False
        if not valid:
            raise PermError(f"{word!r} has no valid {'IPv4' if name == 'ip4' else 'IPv6'} address")
        return Term(RESULTS[match["sign"] or "+"], name, value)
    if name in ("include", "exists") and not value:
        raise PermError(f"{word!r} needs a domain")
    return Term(RESULTS[match["sign"] or "+"], name, value, _prefixes(match["cidr"], word))


def _prefixes(cidr: str, word: str) -> tuple[int, int]:
    match = re.fullmatch(r"(?:/(\d+))?(?://(\d+))?", cidr)
    ipv4, ipv6 = (int(match[1] or 32), int(match[2] or 128)) if match else (99, 999)
    if ipv4 > 32 or ipv6 > 128:
        raise PermError(f"{word!r} has an invalid prefix length")
    return ipv4, ipv6


class Check:
    """Evaluates the records of domains for one address, with the limit of DNS lookups that receivers apply."""

    def __init__(self, address: Address, ask: Ask) -> None:
        self.address = address
        self._ask = ask
        self._lookups = 0

    def result(self, domain: str) -> str:
        """pass, fail, softfail, neutral, or none if there is no record; or PermError, UnknownResultError."""
        texts = records(self._records(domain, "TXT"))
        if not texts:
            return "none"
        if len(texts) > 1:
            raise PermError(f"{domain} has {len(texts)} SPF records")
        rules = policy(texts[0])
        for term in rules.terms:
            if self._matches(term, domain):
                return term.result
        if rules.redirect and not rules.default:
            self._count()
            return self._of_other(rules.redirect, "redirect=")
        return "neutral"

    def _matches(self, term: Term, domain: str) -> bool:
        if term.name == "all":
            return True
        if term.name in ("ip4", "ip6"):
            return self.address in ip_network(term.value, strict=False)
        self._count()
        if "%" in term.value or term.name == "ptr":
            mechanism = f"{term.name}:{term.value}" if term.value else term.name
            raise UnknownResultError(f"{mechanism} depends on each mail")
        name = term.value or domain
        match term.name:
            case "include":
                return self._of_other(name, "include:") == "pass"
            case "exists":
                return bool(self._records(name, "A"))
            case "mx":
                hosts = [text.split()[-1].rstrip(".") for text in self._records(name, "MX")]
                return any(self._in_network(address, term) for host in hosts[:10] for address in self._addresses(host))
        return any(self._in_network(address, term) for address in self._addresses(name))

    def _of_other(self, name: str, term: str) -> str:
        """The result of another domain's record, which must exist."""
        result = self.result(name)
        if result == "none":
            raise PermError(f"{term}{name}: {name} has no SPF record")
        return result

    def _in_network(self, address: str, term: Term) -> bool:
        prefix = term.prefixes[self.address.version == 6]
        return self.address in ip_network(f"{ip_address(address)}/{prefix}", strict=False)

    def _addresses(self, host: str) -> Iterator[str]:
        yield from self._records(host, "A" if self.address.version == 4 else "AAAA")

    def _count(self) -> None:
        self._lookups += 1
        if self._lookups > MAX_LOOKUPS:
            raise PermError(f"it needs more than {MAX_LOOKUPS} DNS lookups")

    def _records(self, name: str, kind: str) -> tuple[str, ...]:
        answer = self._ask(name, kind)
        if isinstance(answer, Unanswered):
            raise UnknownResultError(f"{kind} of {name}: {answer.reason}")
        return answer
