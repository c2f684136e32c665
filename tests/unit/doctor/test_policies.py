from __future__ import annotations

import pytest

from mailwright.doctor import policies
from tests.unit.doctor.zone import DOMAIN, HOST, codes, dns


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=reject; rua=mailto:a@example.com", []),
        ("v=DMARC1;p=quarantine;rua=mailto:a@sub.example.com!10m,https://x.test", []),
        ("v = DMARC1 ; p = reject ; rua = mailto:a@example.com", []),
        ("v=DMARC1; p=none; rua=mailto:a@example.com", ["dmarc-none"]),
        ("v=DMARC1; p=reject", ["dmarc-unreported"]),
        ("v=DMARC1; p=reject; rua=mailto:a@other.test", ["dmarc-unwanted"]),
        ("v=DMARC1; p=reject; rua=mailto:a@willing.test", []),
        ("v=DMARC1; rua=mailto:a@example.com", ["dmarc-broken"]),
        ("v=DMARC1; p=refuse", ["dmarc-broken"]),
        ("v=DMARC1; p=reject; pct=101", ["dmarc-broken"]),
        ("v=DMARC1; p=reject; adkim=x", ["dmarc-broken"]),
        ("v=DMARC1; p=reject; rua=a@example.com", ["dmarc-broken"]),
        ("v=DMARC1; p=none\nTXT _dmarc.example.com v=DMARC1; p=reject", ["dmarc-several"]),
        ("v=DMARC10; p=none", ["dmarc-missing"]),
    ],
)
def test_dmarc(record: str, expected: list[str]) -> None:
    ask = dns(f"TXT {DOMAIN}._report._dmarc.willing.test v=DMARC1\nTXT _dmarc.{DOMAIN} {record}")
    assert codes(policies.dmarc(DOMAIN, "", ask)) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DMARC1; p=reject; rua=mailto:a@example.com", []),
        ("v=DMARC1; p=reject; sp=none; rua=mailto:a@example.com", ["dmarc-none"]),
        ("nothing", ["dmarc-missing"]),
    ],
)
def test_a_subdomain_inherits(record: str, expected: list[str]) -> None:
    assert codes(policies.dmarc("a.b.example.com", "", dns(f"TXT _dmarc.example.com {record}"))) == expected


def test_a_top_level_domain_is_not_asked() -> None:
    assert codes(policies.dmarc(DOMAIN, "", dns("TXT _dmarc.com v=DMARC1; p=reject", "TXT _dmarc.com"))) == [
        "dmarc-missing"
    ]


POLICY_HOST = f"A mta-sts.{DOMAIN} 192.0.2.80\n"


@pytest.mark.parametrize(
    ("text", "self_signed", "expected"),
    [
        (f"{POLICY_HOST}TXT _mta-sts.{DOMAIN} v=STSv1; id=20260101T0000", False, ["mta-sts-unfetched"]),
        (f"AAAA mta-sts.{DOMAIN} 2001:db8::80\nTXT _mta-sts.{DOMAIN} v=STSv1; id=1;", False, ["mta-sts-unfetched"]),
        (f"{POLICY_HOST}TXT _mta-sts.{DOMAIN} v=STSv1; id=1", True, ["mta-sts-untrusted", "mta-sts-unfetched"]),
        (f"TXT _mta-sts.{DOMAIN} v=STSv1; id=1", False, ["mta-sts-no-host"]),
        (f"{POLICY_HOST}TXT _mta-sts.{DOMAIN} v=STSv1; id=1-2", False, ["mta-sts-broken", "mta-sts-unfetched"]),
        (f"{POLICY_HOST}TXT _mta-sts.{DOMAIN} v=STSv1", False, ["mta-sts-broken", "mta-sts-unfetched"]),
        (
            f"{POLICY_HOST}TXT _mta-sts.{DOMAIN} v=STSv1; id=1\nTXT _mta-sts.{DOMAIN} v=STSv1; id=2",
            False,
            ["mta-sts-broken", "mta-sts-unfetched"],
        ),
        ("", True, ["mta-sts-missing"]),
    ],
)
def test_mta_sts(text: str, self_signed: bool, expected: list[str]) -> None:
    assert codes(policies.mta_sts(DOMAIN, "", "", self_signed, dns(text))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"MX {DOMAIN} 10 {HOST}.\nTXT _mta-sts.{DOMAIN} v=STSv1; id=new", []),
        (f"MX {DOMAIN} 10 {HOST}.\nTXT _mta-sts.{DOMAIN} v=STSv1; id=old", ["mta-sts-stale"]),
        (f"MX {DOMAIN} 10 b.test.\nTXT _mta-sts.{DOMAIN} v=STSv1; id=new", ["mta-sts-foreign-mx"]),
    ],
)
def test_a_policy_of_ours(text: str, expected: list[str]) -> None:
    policy = f"version: STSv1\r\nmode: enforce\r\nmx: {HOST}\r\nmax_age: 86400\r\n"
    line = f'_mta-sts.{DOMAIN}. 3600 IN TXT "v=STSv1; id=new"'
    found = codes(policies.mta_sts(DOMAIN, line, policy, False, dns(POLICY_HOST + text)))
    assert found == [*expected, "mta-sts-unfetched"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=TLSRPTv1; rua=mailto:a@example.com", []),
        ("v=TLSRPTv1;rua=https://x.test/report", []),
        ("v=TLSRPTv1; rua=nobody", ["tlsrpt-broken"]),
        ("v=TLSRPTv1", ["tlsrpt-broken"]),
        (f"v=TLSRPTv1; rua=mailto:a@b.c\nTXT _smtp._tls.{DOMAIN} v=TLSRPTv1; rua=mailto:a@b.c", ["tlsrpt-broken"]),
        ("unrelated", ["tlsrpt-missing"]),
    ],
)
def test_tlsrpt(record: str, expected: list[str]) -> None:
    assert codes(policies.tlsrpt(DOMAIN, "", dns(f"TXT _smtp._tls.{DOMAIN} {record}"))) == expected
