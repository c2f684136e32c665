from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.dns.records import NOT_OFFERED, Record
from mailwright.doctor import domain
from mailwright.doctor.domain import Zone
from mailwright.formats.dkim_keys import SigningKey
from tests.unit.doctor.zone import ADDRESS, DOMAIN, HOST, codes, dns

KEY = SigningKey(DOMAIN, "mail", "v=DKIM1; k=rsa; p=AAAA", "rspamd/dkim/x")
SRV = Record(f"_imaps._tcp.{DOMAIN}", "SRV", f"0 1 993 {HOST}.", "")
ZONE = Zone(DOMAIN, HOST, (Record(DOMAIN, "MX", f"10 {HOST}.", ""), SRV), (KEY,))
HOST_RECORD = f"A {HOST} {ADDRESS}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"MX {DOMAIN} 10 {HOST}.", []),
        (f"MX {DOMAIN} 10 MAIL.example.com.", []),
        (f"MX {DOMAIN} 10 {HOST}.\nMX {DOMAIN} 20 backup.test.", []),
        (f"MX {DOMAIN} 5 first.test.\nMX {DOMAIN} 20 {HOST}.", ["mx-second"]),
        (f"MX {DOMAIN} 10 other.test.", ["mx-elsewhere"]),
        (f"MX {DOMAIN} 10 other.test.\nA other.test {ADDRESS}", []),
        (f"MX {DOMAIN} 10 other.test.\nA other.test 192.0.2.1", ["mx-elsewhere"]),
        (f"MX {DOMAIN} 10 alias.test.\nCNAME alias.test {HOST}.\nA alias.test {ADDRESS}", ["mx-alias"]),
        (f"MX {DOMAIN} 0 .", ["mx-null"]),
        ("", ["mx-missing"]),
    ],
)
def test_mx(text: str, expected: list[str]) -> None:
    assert codes(domain.mx(ZONE, dns(HOST_RECORD + text))) == expected


def test_the_host_name_is_this_server_even_without_an_address() -> None:
    assert codes(domain.mx(ZONE, dns(f"MX {DOMAIN} 10 {HOST}."))) == []


def test_a_missing_mx_shows_the_line_to_publish() -> None:
    (finding,) = domain.mx(ZONE, dns(""))
    assert (finding.area, finding.cure) == (f"domain {DOMAIN}", f"publish: {DOMAIN}. 3600 IN MX 10 {HOST}.")
    assert finding.about == f"MX {DOMAIN}"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (f"v=spf1 ip4:{ADDRESS} -all", []),
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
def test_spf(record: str, expected: list[str]) -> None:
    assert codes(domain.sender_policy(ZONE, dns(f"{HOST_RECORD}TXT {DOMAIN} {record}"))) == expected


def test_spf_if_the_server_has_no_address() -> None:
    (finding,) = domain.sender_policy(ZONE, dns(f"TXT {DOMAIN} v=spf1 mx -all"))
    assert (finding.code, finding.what) == (
        "spf-unasked",
        f"SPF was not checked: {HOST} has no address in DNS",
    )


def test_spf_is_checked_for_each_address() -> None:
    ask = dns(f"{HOST_RECORD}AAAA {HOST} 2001:db8::25\nTXT {DOMAIN} v=spf1 ip4:{ADDRESS} -all")
    (finding,) = domain.sender_policy(ZONE, ask)
    assert finding.what == "the SPF result for this server's address 2001:db8::25 is fail"


@pytest.mark.parametrize(
    ("record", "expected"),
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
def test_dkim(record: str, expected: list[str]) -> None:
    assert codes(domain.dkim(ZONE, KEY, dns(f"TXT {KEY.name} {record}"))) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (f"0 1 993 {HOST}.", []),
        (f"5 0 993 {HOST}.", []),
        (f"0 1 143 {HOST}.", ["srv-elsewhere"]),
        ("0 1 993 other.test.", ["srv-elsewhere"]),
    ],
)
def test_srv(record: str, expected: list[str]) -> None:
    assert codes(domain.srv(ZONE, SRV, dns(f"SRV {SRV.name} {record}"))) == expected


def test_a_domain_without_any_record() -> None:
    bare = Zone(DOMAIN, HOST, (SRV,))
    assert codes(domain.findings(bare, dns(""))) == [
        *("mx-missing", "spf-missing", "dkim-none", "dmarc-missing", "mta-sts-missing", "tlsrpt-missing", "srv-missing")
    ]


def test_each_unanswered_question_is_reported() -> None:
    names = [f"MX {DOMAIN}", f"TXT {DOMAIN}", f"TXT {KEY.name}", f"TXT _dmarc.{DOMAIN}", f"TXT _mta-sts.{DOMAIN}"]
    names += [f"TXT _smtp._tls.{DOMAIN}", f"SRV {SRV.name}"]
    findings = list(domain.findings(ZONE, dns("", *names)))
    assert codes(findings) == ["domain-unasked"] * len(names)
    assert [finding.about for finding in findings] == names
    assert (findings[0].what, findings[0].reason) == (f"MX {DOMAIN}: no answer", "no answer")


def test_no_answer_can_write_to_the_terminal() -> None:
    (finding,) = domain.mx(ZONE, dns(f"MX {DOMAIN} 10 \x1b[31m.test."))
    assert finding.what == "the MX record names \\x1b[31m.test, not this server"


def test_a_domain_without_a_key_gets_the_command_that_makes_one() -> None:
    (finding,) = [one for one in domain.findings(Zone(DOMAIN, HOST, ()), dns("")) if one.code == "dkim-none"]
    assert "`setup config dkim`" in finding.cure


def test_a_domain_without_dmarc_starts_with_p_none() -> None:
    record = Record(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=none", "")
    (finding,) = [one for one in domain.findings(Zone(DOMAIN, HOST, (record,)), dns("")) if one.code == "dmarc-missing"]
    assert finding.cure.startswith("start with p=none")
    assert finding.cure.endswith(f"publish: {record.line()}")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (f"0 1 465 {HOST}.", ["srv-closed"]),
        ("0 1 465 MAIL.example.com.", ["srv-closed"]),
        ("0 1 465 other.test.", []),
        ("0 0 0 .", []),
    ],
)
def test_an_srv_record_of_a_port_that_is_off(record: str, expected: list[str]) -> None:
    name = f"_submissions._tcp.{DOMAIN}"
    off = Record(name, "SRV", NOT_OFFERED, "")
    zone = Zone(DOMAIN, HOST, (off,), switches={name: "ENABLE_SUBMISSIONS"})
    found = list(domain.srv_not_offered(zone, off, dns(f"SRV {name} {record}")))
    assert codes(found) == expected
    cure = f"set ENABLE_SUBMISSIONS=1, or publish: {name}. 3600 IN SRV 0 0 0 ."
    assert [finding.cure for finding in found] == [cure] * len(expected)
    assert codes(domain.findings(zone, dns(f"SRV {name} {record}"))).count("srv-closed") == len(expected)
    assert codes(domain.srv_not_offered(zone, off, dns(""))) == ["srv-not-offered-missing"]
    assert codes(domain.srv_not_offered(zone, off, dns("", f"SRV {name}"))) == ["domain-unasked"]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([f"A {HOST} 192.0.2.1", "A autoconfig.example.com 192.0.2.1"], []),
        ([f"A {HOST} 192.0.2.1", f"AAAA {HOST} 2001:db8::1", "AAAA autoconfig.example.com 2001:db8::1"], []),
        ([f"A {HOST} 192.0.2.1", "A autoconfig.example.com 192.0.2.2"], ["web-name-elsewhere"]),
        ([f"A {HOST} 192.0.2.1"], ["web-name-missing"]),
    ],
)
def test_a_name_that_the_web_server_answers_for(answers: list[str], expected: list[str]) -> None:
    record = Record(f"autoconfig.{DOMAIN}", "CNAME", f"{HOST}.", "")
    zone = Zone(DOMAIN, HOST, (record,))
    found = list(domain.web_name(zone, record, dns("\n".join(answers))))
    assert codes(found) == expected
    assert [finding.about for finding in found] == [f"CNAME autoconfig.{DOMAIN}"] * len(expected)
    if not expected:
        for names, more in (((HOST,), ["web-name-certificate"]), ((HOST, f"*.{DOMAIN}"), [])):
            assert codes(domain.web_name(replace(zone, shown=names), record, dns("\n".join(answers)))) == more
    unasked = domain.web_name(zone, record, dns("", f"A autoconfig.{DOMAIN}"))
    assert codes(unasked) == ["domain-unasked"]
