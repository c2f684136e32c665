from __future__ import annotations

from ipaddress import ip_address

import pytest

from mailwright.dns import spf
from tests.unit.doctor.zone import DOMAIN, dns

ZONE = """
MX example.com 10 mail.example.com.
MX example.com 20 second.example.com.
A mail.example.com 192.0.2.25
AAAA mail.example.com 2001:db8::25
A example.com 192.0.2.80
TXT _spf.other.test v=spf1 ip4:192.0.2.0/28 -all
TXT all.other.test v=spf1 ip4:192.0.2.25 -all
TXT loop.test v=spf1 include:loop.test -all
"""


def result(record: str, address: str = "192.0.2.25") -> str:
    return spf.Check(ip_address(address), dns(f"{ZONE}\nTXT example.com {record}")).result(DOMAIN)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=spf1 mx -all", "pass"),
        ("v=spf1 MX -ALL", "pass"),
        ("v=spf1 a -all", "fail"),
        ("v=spf1 a:mail.example.com ~all", "pass"),
        ("v=spf1 a/24 -all", "pass"),
        ("v=spf1 a/28 ~all", "softfail"),
        ("v=spf1 a/24//64 -all", "pass"),
        ("v=spf1 ip4:192.0.2.25 -all", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
        ("v=spf1 ip6:2001:db8::/32 ?all", "neutral"),
        ("v=spf1 -ip4:192.0.2.25 mx -all", "fail"),
        ("v=spf1 include:all.other.test -all", "pass"),
        ("v=spf1 include:_spf.other.test ~all", "softfail"),  # the -all of an included record does not count
        ("v=spf1 redirect=all.other.test", "pass"),
        ("v=spf1 redirect=_spf.other.test", "fail"),
        ("v=spf1 mx", "pass"),
        ("v=spf1", "neutral"),
        ("v=spf1 exists:mail.example.com -all", "pass"),
        ("v=spf1 unknown=x mx -all", "pass"),
        ("no record", "none"),
    ],
)
def test_results(record: str, expected: str) -> None:
    assert result(record) == expected


def test_ipv6() -> None:
    assert result("v=spf1 mx -all", "2001:db8::25") == "pass"
    assert result("v=spf1 mx//32 -all", "2001:db8:ffff::1") == "pass"
    assert result("v=spf1 ip4:192.0.2.0/24 -all", "2001:db8::25") == "fail"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=spf1 ipv4:192.0.2.1 -all", "'ipv4:192.0.2.1' is not a valid SPF term"),
        ("v=spf1 ip4:2001:db8::1 -all", "'ip4:2001:db8::1' has no valid IPv4 address"),
        ("v=spf1 ip4:192.0.2.1/33 -all", "'ip4:192.0.2.1/33' has no valid IPv4 address"),
        ("v=spf1 a/33 -all", "'a/33' has an invalid prefix length"),
        ("v=spf1 include: -all", "'include:' is not a valid SPF term"),
        ("v=spf1 include -all", "'include' needs a domain"),
        ("v=spf1 include:nowhere.test -all", "include:nowhere.test: nowhere.test has no SPF record"),
        ("v=spf1 redirect=nowhere.test", "redirect=nowhere.test: nowhere.test has no SPF record"),
        ("v=spf1 include:loop.test -all", "it needs more than 10 DNS lookups"),
        ("v=spf1 " + "a:x.test " * 11 + "-all", "it needs more than 10 DNS lookups"),
    ],
)
def test_invalid_records(record: str, expected: str) -> None:
    with pytest.raises(spf.PermError) as error:
        result(record)
    assert str(error.value) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=spf1 exists:%{i}.x.test -all", "exists:%{i}.x.test depends on each mail"),
        ("v=spf1 ptr -all", "ptr depends on each mail"),
    ],
)
def test_a_mechanism_that_depends_on_the_mail(record: str, expected: str) -> None:
    with pytest.raises(spf.UnknownResultError) as error:
        result(record)
    assert str(error.value) == expected


def test_an_unanswered_question() -> None:
    ask = dns("TXT example.com v=spf1 include:slow.test -all", "TXT slow.test")
    with pytest.raises(spf.UnknownResultError, match=r"TXT of slow\.test: no answer"):
        spf.Check(ip_address("192.0.2.25"), ask).result(DOMAIN)
