from __future__ import annotations

import pytest

from mailwright.dns.records import Record
from mailwright.doctor import domain
from mailwright.doctor.domain import Zone
from mailwright.formats.dkim_keys import SigningKey
from tests.unit.doctor.zone import DOMAIN, HOST, US, codes, dns

KEY = SigningKey(DOMAIN, "mail", "v=DKIM1; k=rsa; p=AAAA", "rspamd/dkim/x")
SRV = Record(f"_imaps._tcp.{DOMAIN}", "SRV", f"0 1 993 {HOST}.", "")
ZONE = Zone(DOMAIN, HOST, (Record(DOMAIN, "MX", f"10 {HOST}.", ""), SRV), (KEY,))
ADDRESS = f"A {HOST} {US}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"MX {DOMAIN} 10 {HOST}.", []),
        (f"MX {DOMAIN} 10 MAIL.example.com.", []),
        (f"MX {DOMAIN} 10 {HOST}.\nMX {DOMAIN} 20 backup.test.", []),
        (f"MX {DOMAIN} 5 first.test.\nMX {DOMAIN} 20 {HOST}.", ["mx-second"]),
        (f"MX {DOMAIN} 10 other.test.", ["mx-elsewhere"]),
        (f"MX {DOMAIN} 10 other.test.\nA other.test {US}", []),
        (f"MX {DOMAIN} 10 other.test.\nA other.test 192.0.2.1", ["mx-elsewhere"]),
        (f"MX {DOMAIN} 10 alias.test.\nCNAME alias.test {HOST}.\nA alias.test {US}", ["mx-alias"]),
        (f"MX {DOMAIN} 0 .", ["mx-null"]),
        ("", ["mx-missing"]),
    ],
)
def test_mx(text: str, said: list[str]) -> None:
    assert codes(domain.mx(ZONE, dns(ADDRESS + text))) == said


def test_our_own_name_is_ours_without_an_address() -> None:
    assert codes(domain.mx(ZONE, dns(f"MX {DOMAIN} 10 {HOST}."))) == []


def test_an_mx_tells_what_to_publish() -> None:
    (found,) = domain.mx(ZONE, dns(""))
    assert (found.area, found.cure) == (f"domain {DOMAIN}", f"publish: {DOMAIN}. 3600 IN MX 10 {HOST}.")
    assert found.about == f"MX {DOMAIN}"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (f"v=spf1 ip4:{US} -all", []),
        (f"v=spf1 a:{HOST} ~all", []),
        ("v=spf1 -all", ["spf-not-us"]),
        ("v=spf1 ip4:198.51.100.0/24 ~all", ["spf-not-us"]),
        ("v=spf1 +all", ["spf-everybody"]),
        ("v=spf1 mx all", ["spf-everybody"]),
        (f"v=spf1 a:{HOST} ?all", ["spf-open"]),
        (f"v=spf1 a:{HOST}", ["spf-open"]),
        ("v=spf1 nonsense -all", ["spf-broken"]),
        ("v=spf1 include:nowhere.test -all", ["spf-broken"]),
        ("v=spf1 exists:%{i}.x.test -all", ["spf-unasked"]),
        (f"v=spf1 mx\nTXT {DOMAIN} v=spf1 a", ["spf-several"]),
        ("v=spf10 mx", ["spf-missing"]),
        ("google-site-verification=x", ["spf-missing"]),
    ],
)
def test_spf(record: str, said: list[str]) -> None:
    assert codes(domain.sender_policy(ZONE, dns(f"{ADDRESS}TXT {DOMAIN} {record}"))) == said


def test_spf_without_an_address_of_ours() -> None:
    (found,) = domain.sender_policy(ZONE, dns(f"TXT {DOMAIN} v=spf1 mx -all"))
    assert (found.code, found.what) == (
        "spf-unasked",
        f"whether SPF lets us send: {HOST} has no address in DNS to ask with",
    )


def test_each_address_is_asked_for() -> None:
    ask = dns(f"{ADDRESS}AAAA {HOST} 2001:db8::25\nTXT {DOMAIN} v=spf1 ip4:{US} -all")
    (found,) = domain.sender_policy(ZONE, ask)
    assert found.what == "its SPF record says fail of our address 2001:db8::25"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ("v=DKIM1; k=rsa; p=AAAA", []),
        ("k=rsa; p=AA AA", []),
        ("p=AAAA", []),
        ("v=DKIM1; k=ed25519; p=AAAA", ["dkim-differs"]),
        ("v=DKIM1; p=BBBB", ["dkim-differs"]),
        ("v=DKIM1; p=", ["dkim-revoked"]),
        ("v=DKIM1; t=s:y; p=AAAA", ["dkim-testing"]),
        ("unrelated", ["dkim-missing"]),
    ],
)
def test_dkim(record: str, said: list[str]) -> None:
    assert codes(domain.dkim(ZONE, KEY, dns(f"TXT {KEY.name} {record}"))) == said


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (f"0 1 993 {HOST}.", []),
        (f"5 0 993 {HOST}.", []),
        (f"0 1 143 {HOST}.", ["srv-elsewhere"]),
        ("0 1 993 other.test.", ["srv-elsewhere"]),
    ],
)
def test_srv(record: str, said: list[str]) -> None:
    assert codes(domain.srv(ZONE, SRV, dns(f"SRV {SRV.name} {record}"))) == said


def test_a_domain_of_which_nothing_is_known() -> None:
    bare = Zone(DOMAIN, HOST, (SRV,))
    assert codes(domain.judged(bare, dns(""))) == [
        *("mx-missing", "spf-missing", "dkim-none", "dmarc-missing", "mta-sts-missing", "tlsrpt-missing", "srv-missing")
    ]


def test_whatever_is_not_answered_is_said() -> None:
    names = [f"MX {DOMAIN}", f"TXT {DOMAIN}", f"TXT {KEY.name}", f"TXT _dmarc.{DOMAIN}", f"TXT _mta-sts.{DOMAIN}"]
    names += [f"TXT _smtp._tls.{DOMAIN}", f"SRV {SRV.name}"]
    found = list(domain.judged(ZONE, dns("", *names)))
    assert codes(found) == ["domain-unasked"] * len(names)
    assert [it.about for it in found] == names
    assert found[0].what == f"MX {DOMAIN}: no answer"


def test_no_answer_can_write_to_the_terminal() -> None:
    (found,) = domain.mx(ZONE, dns(f"MX {DOMAIN} 10 \x1b[31m.test."))
    assert found.what == "its MX leads to \\x1b[31m.test, not here"
