from __future__ import annotations

from ipaddress import ip_address

import pytest

from mailwright.dns.questions import Answer
from mailwright.dns.records import Record, tlsa_fitting
from mailwright.dns.resolver import Trial
from mailwright.doctor import host
from tests.pki import hierarchy
from tests.unit.doctor.zone import DEAD, HOST, US, codes, dns

TESTS = "\n".join(f"A 2.0.0.127.{it.zone} 127.0.0.2" for it in host.LISTS) + "\n"
REVERSE = "PTR 25.2.0.192.in-addr.arpa"
ZEN = "A 25.2.0.192.zen.spamhaus.org"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"A {HOST} {US}\n{REVERSE} {HOST}.", []),
        (f"A {HOST} {US}\n{REVERSE} MAIL.example.com.", []),
        (f"A {HOST} {US}\n{REVERSE} other.test.\n{REVERSE} {HOST}.", []),
        (f"A {HOST} {US}\n{REVERSE} other.test.", ["reverse-other"]),
        (f"A {HOST} {US}", ["reverse-missing"]),
        ("", ["host-no-address"]),
        (f"A {HOST} 10.1.2.3", ["host-private", "reverse-unasked"]),
        (f"AAAA {HOST} fd00::1", ["host-private", "reverse-unasked"]),
        (f"A {HOST} {US}\n{REVERSE} {HOST}.\nCNAME {HOST} other.test.", ["host-alias"]),
        (f"A {HOST} {US}\n{REVERSE} {HOST}.\n{ZEN} 127.0.0.4", ["listed"]),
        (f"A {HOST} {US}\n{REVERSE} {HOST}.\n{ZEN} 127.0.0.10", ["listed-by-policy"]),
        (f"A {HOST} {US}\n{REVERSE} {HOST}.\n{ZEN} 127.0.0.10\n{ZEN} 127.0.0.2", ["listed"]),
        (f"A {HOST} {US}\n{REVERSE} {HOST}.\n{ZEN} 127.255.255.254", ["list-refuses"]),
        (f"A {HOST} {US}\n{REVERSE} {HOST}.\n{ZEN} 203.0.113.1", []),  # a resolver that makes up answers
    ],
)
def test_host(text: str, said: list[str]) -> None:
    assert codes(host.host(HOST, dns(TESTS + text))) == said


def test_a_name_without_a_domain() -> None:
    assert codes(host.host("mail", dns(""))) == ["host-unqualified"]


def test_what_is_not_answered_is_said() -> None:
    assert codes(host.host(HOST, dns("", f"A {HOST}"))) == ["host-unasked"]
    found = list(host.host(HOST, dns(f"{TESTS}A {HOST} {US}", "PTR 25.2.0.192.in-addr.arpa", ZEN)))
    assert codes(found) == ["host-unasked", "list-unasked"]
    assert found[0].what == f"reverse DNS of {US}: no answer"


def test_a_list_that_does_not_give_its_test_entry() -> None:
    found = list(host.listed(ip_address(US), host.LISTS[1], dns("")))
    assert codes(found) == ["list-silent"]


def test_ipv6_is_looked_up_too() -> None:
    address = ip_address("2001:db8::25")
    name = address.reverse_pointer.removesuffix(".ip6.arpa")
    ask = dns(f"{TESTS}A {name}.zen.spamhaus.org 127.0.0.3")
    assert codes(host.listed(address, host.LISTS[0], ask)) == ["listed"]


LEAF, INTERMEDIATE, _, _ = hierarchy(HOST)
FITTING = list(tlsa_fitting(LEAF + INTERMEDIATE))
OURS = next(it for it in FITTING if it.startswith("3 1 1"))
RECORD = Record(f"_25._tcp.{HOST}", "TLSA", OURS, "")


@pytest.mark.parametrize(
    ("answer", "tls", "said"),
    [
        (OURS, True, []),
        (OURS.upper(), True, []),
        (" ".join((OURS[:40], OURS[40:])), True, []),  # as dig breaks it
        (next(it for it in FITTING if it.startswith("2 1 1")), True, []),
        (f"3 1 1 {'00' * 32}", True, ["tlsa-wrong"]),
        (OURS, False, ["tlsa-without-tls"]),
    ],
    ids=["ours", "capitals", "broken by blanks", "issuer", "another", "no TLS"],
)
def test_tlsa(answer: str, tls: bool, said: list[str]) -> None:
    ask = dns(f"TLSA _25._tcp.{HOST} {answer}")
    assert codes(host.tlsa(HOST, [RECORD], FITTING, tls, ask)) == said


def test_no_tlsa_is_no_harm() -> None:
    assert codes(host.tlsa(HOST, [RECORD], FITTING, True, dns(""))) == ["tlsa-missing"]
    assert codes(host.tlsa(HOST, [], FITTING, False, dns(""))) == []


@pytest.mark.parametrize(
    ("answer", "seconds", "servers", "said"),
    [
        (("198.41.0.4",), 0.1, ("192.0.2.53",), []),
        (("198.41.0.4",), 1.1, ("192.0.2.53",), ["resolver-slow"]),
        (("198.41.0.4",), 0.1, ("192.0.2.53", "8.8.8.8"), ["resolver-public"]),
        ((), 0.1, (), ["resolver-inward"]),
        (DEAD, 4.1, ("8.8.8.8",), ["resolver-dead"]),
    ],
)
def test_resolver(answer: Answer, seconds: float, servers: tuple[str, ...], said: list[str]) -> None:
    assert codes(host.resolver(Trial(answer, seconds, servers, validates=True))) == said


def test_resolver_for_dane() -> None:
    said = host.resolver(Trial(("198.41.0.4",), 0.1, ("127.0.0.1",), validates=False))
    assert codes(said) == ["resolver-unvalidated"]
