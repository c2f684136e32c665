from __future__ import annotations

from ipaddress import ip_address

import pytest

from mailwright.dns.questions import Answer
from mailwright.dns.records import Record, tlsa_matching
from mailwright.dns.resolver import Trial
from mailwright.doctor import host
from tests.pki import hierarchy
from tests.unit.doctor.zone import ADDRESS, HOST, NO_ANSWER, codes, dns

TESTS = "\n".join(f"A 2.0.0.127.{block_list.zone} 127.0.0.2" for block_list in host.LISTS) + "\n"
REVERSE = "PTR 25.2.0.192.in-addr.arpa"
ZEN = "A 25.2.0.192.zen.spamhaus.org"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"A {HOST} {ADDRESS}\n{REVERSE} {HOST}.", []),
        (f"A {HOST} {ADDRESS}\n{REVERSE} MAIL.example.com.", []),
        (f"A {HOST} {ADDRESS}\n{REVERSE} other.test.\n{REVERSE} {HOST}.", []),
        (f"A {HOST} {ADDRESS}\n{REVERSE} other.test.", ["reverse-other"]),
        (f"A {HOST} {ADDRESS}", ["reverse-missing"]),
        ("", ["host-no-address"]),
        (f"A {HOST} 10.1.2.3", ["host-private", "reverse-unasked"]),
        (f"AAAA {HOST} fd00::1", ["host-private", "reverse-unasked"]),
        (f"A {HOST} {ADDRESS}\n{REVERSE} {HOST}.\nCNAME {HOST} other.test.", ["host-alias"]),
        (f"A {HOST} {ADDRESS}\n{REVERSE} {HOST}.\n{ZEN} 127.0.0.4", ["listed"]),
        (f"A {HOST} {ADDRESS}\n{REVERSE} {HOST}.\n{ZEN} 127.0.0.10", ["listed-by-policy"]),
        (f"A {HOST} {ADDRESS}\n{REVERSE} {HOST}.\n{ZEN} 127.0.0.10\n{ZEN} 127.0.0.2", ["listed"]),
        (f"A {HOST} {ADDRESS}\n{REVERSE} {HOST}.\n{ZEN} 127.255.255.254", ["list-refuses"]),
        (f"A {HOST} {ADDRESS}\n{REVERSE} {HOST}.\n{ZEN} 203.0.113.1", []),  # a resolver that invents answers
    ],
)
def test_host(text: str, expected: list[str]) -> None:
    assert codes(host.host(HOST, dns(TESTS + text))) == expected


def test_a_name_without_a_domain() -> None:
    assert codes(host.host("mail", dns(""))) == ["host-unqualified"]


def test_each_unanswered_question_is_reported() -> None:
    assert codes(host.host(HOST, dns("", f"A {HOST}"))) == ["host-unasked"]
    findings = list(host.host(HOST, dns(f"{TESTS}A {HOST} {ADDRESS}", "PTR 25.2.0.192.in-addr.arpa", ZEN)))
    assert codes(findings) == ["host-unasked", "list-unasked"]
    assert findings[0].what == f"reverse DNS of {ADDRESS}: no answer"


def test_a_list_that_does_not_give_its_test_entry() -> None:
    findings = list(host.listed(ip_address(ADDRESS), host.LISTS[1], dns("")))
    assert codes(findings) == ["list-silent"]


def test_ipv6_is_looked_up_too() -> None:
    address = ip_address("2001:db8::25")
    name = address.reverse_pointer.removesuffix(".ip6.arpa")
    ask = dns(f"{TESTS}A {name}.zen.spamhaus.org 127.0.0.3")
    assert codes(host.listed(address, host.LISTS[0], ask)) == ["listed"]


LEAF, INTERMEDIATE, _, _ = hierarchy(HOST)
MATCHING = list(tlsa_matching(LEAF + INTERMEDIATE))
OURS = next(data for data in MATCHING if data.startswith("3 1 1"))
RECORD = Record(f"_25._tcp.{HOST}", "TLSA", OURS, "")


@pytest.mark.parametrize(
    ("answer", "tls", "expected"),
    [
        (OURS, True, []),
        (OURS.upper(), True, []),
        (" ".join((OURS[:40], OURS[40:])), True, []),  # as dig breaks it
        (next(data for data in MATCHING if data.startswith("2 1 1")), True, []),
        (f"3 1 1 {'00' * 32}", True, ["tlsa-wrong"]),
        (OURS, False, ["tlsa-without-tls"]),
    ],
    ids=["ours", "capitals", "broken by blanks", "issuer", "another", "no TLS"],
)
def test_tlsa(answer: str, tls: bool, expected: list[str]) -> None:
    ask = dns(f"TLSA _25._tcp.{HOST} {answer}")
    assert codes(host.tlsa(HOST, [RECORD], MATCHING, tls, ask)) == expected


def test_a_missing_tlsa_record_is_only_a_note() -> None:
    assert codes(host.tlsa(HOST, [RECORD], MATCHING, True, dns(""))) == ["tlsa-missing"]
    assert codes(host.tlsa(HOST, [], MATCHING, False, dns(""))) == []


@pytest.mark.parametrize(
    ("answer", "seconds", "servers", "expected"),
    [
        (("198.41.0.4",), 0.1, ("192.0.2.53",), []),
        (("198.41.0.4",), 1.1, ("192.0.2.53",), ["resolver-slow"]),
        (("198.41.0.4",), 0.1, ("192.0.2.53", "8.8.8.8"), ["resolver-public"]),
        ((), 0.1, (), ["resolver-inward"]),
        (NO_ANSWER, 4.1, ("8.8.8.8",), ["resolver-dead"]),
    ],
)
def test_resolver(answer: Answer, seconds: float, servers: tuple[str, ...], expected: list[str]) -> None:
    assert codes(host.resolver(Trial(answer, seconds, servers, validates=True))) == expected


def test_resolver_for_dane() -> None:
    findings = host.resolver(Trial(("198.41.0.4",), 0.1, ("127.0.0.1",), validates=False))
    assert codes(findings) == ["resolver-unvalidated"]
