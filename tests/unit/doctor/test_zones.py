from __future__ import annotations

from collections.abc import Callable

import pytest

from mailwright.doctor import Answer, Unasked, zones
from mailwright.records import Record

HOST, DOMAIN = "mail.example.com", "example.com"
MX = Record(DOMAIN, "MX", f"10 {HOST}.", "")
SPF = Record(DOMAIN, "TXT", f"v=spf1 mx a:{HOST} -all", "")
DMARC = Record(f"_dmarc.{DOMAIN}", "TXT", "v=DMARC1; p=quarantine", "")
DKIM = Record(f"mail._domainkey.{DOMAIN}", "TXT", "v=DKIM1; k=rsa; p=AAAA", "")
TLSA = Record(f"_25._tcp.{HOST}", "TLSA", "3 1 1 abcd", "", needed=False)


def ask(table: dict[str, Answer]) -> Callable[[str, str], Answer]:
    return lambda name, kind: table.get(f"{kind} {name}", ())


@pytest.mark.parametrize(
    ("record", "answers", "said"),
    [
        (MX, (f"10 {HOST}.",), ""),
        (MX, ("10 MAIL.example.com.", "20 other."), ""),
        (MX, ("10 other.example.",), "does not name this server"),
        (MX, (), "is missing"),
        (SPF, ("v=spf1 mx -all", "google-site-verification=x"), ""),
        (SPF, ("v=spf1 ip4:192.0.2.1 ~all",), ""),
        (SPF, ("v=spf1 include:_spf.example -all",), ""),
        (SPF, ("v=spf1 -all",), "does not let this server send"),
        (SPF, ("v=spf1 a:other.example -all",), "does not let this server send"),
        (SPF, ("v=spf1 mx +all",), "lets everybody send (+all)"),
        (SPF, ("v=spf1 mx all",), "lets everybody send (+all)"),
        (SPF, ("v=spf1 mx", "v=spf1 a"), "has more than one SPF record, which counts as none"),
        (SPF, ("v=spf10 mx",), "is missing"),
        (DMARC, ("v=DMARC1; p=none",), ""),
        (DMARC, ("v=DMARC1;p=reject; rua=mailto:x@example.com",), ""),
        (DMARC, ("v=DMARC1; rua=mailto:x@example.com",), "has no policy (p=)"),
        (DMARC, ("v=DMARC1; p=none", "v=DMARC1; p=reject"), "has more than one DMARC record, which counts as none"),
        (DMARC, (), "is missing"),
        (DKIM, ("v=DKIM1; k=rsa; p=AA AA",), ""),
        (DKIM, ("v=DKIM1; k=rsa; p=BBBB",), "has another key"),
        (DKIM, (), "is missing"),
        (TLSA, ("3 1 1 ABCD",), ""),
        (TLSA, ("3 1 1 ffff",), "fits no certificate of ours"),
        (TLSA, (), "is missing"),
    ],
)
def test_state(record: Record, answers: tuple[str, ...], said: str) -> None:
    assert zones.state(record, answers, HOST) == said


@pytest.mark.parametrize(
    ("record", "answers", "level"),
    [
        (MX, (), "finding"),
        (TLSA, (), "note"),
        (TLSA, ("3 1 1 ffff",), "finding"),  # others would hold our mail back
        (MX, Unasked("no answer"), "not asked"),
    ],
)
def test_how_bad(record: Record, answers: Answer, level: str) -> None:
    (found,) = zones.compared("x", record, HOST, ask({f"{record.kind} {record.name}": answers}))
    assert found.level == level


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, [(f"{HOST} has no address in DNS", "finding")]),
        ({f"A {HOST}": Unasked("dead")}, [(f"{HOST}: dead", "not asked")]),
        (
            {f"A {HOST}": ("10.1.2.3",)},
            [("10.1.2.3 is a private address: reverse DNS and block lists can't be asked about it", "not asked")],
        ),
        ({f"A {HOST}": ("8.9.10.11",)}, [("reverse DNS of 8.9.10.11 is missing", "finding")]),
        (
            {f"A {HOST}": ("8.9.10.11",), "PTR 11.10.9.8.in-addr.arpa": ("pool.isp.example",)},
            [("reverse DNS of 8.9.10.11 says pool.isp.example", "finding")],
        ),
        ({f"A {HOST}": ("8.9.10.11",), "PTR 11.10.9.8.in-addr.arpa": (HOST,)}, []),
        (
            {
                f"A {HOST}": ("8.9.10.11",),
                "PTR 11.10.9.8.in-addr.arpa": (HOST,),
                "A 11.10.9.8.zen.spamhaus.org": ("127.0.0.4",),
                "A 11.10.9.8.bl.spamcop.net": ("127.255.255.254",),
            },
            [
                ("8.9.10.11 is listed at zen.spamhaus.org", "finding"),
                ("bl.spamcop.net does not answer this resolver", "not asked"),
            ],
        ),
    ],
)
def test_host(table: dict[str, Answer], said: list[tuple[str, str]]) -> None:
    assert [(it.what, it.level) for it in zones.host(HOST, ask(table))] == said


def test_a_domain_without_keys_and_policy() -> None:
    found = list(zones.domain(DOMAIN, HOST, [MX], ask({f"MX {DOMAIN}": (f"10 {HOST}.",)})))
    assert [(it.level, it.what.split(":")[0]) for it in found] == [
        ("note", "has no DKIM key in the config folder"),
        ("note", "has no MTA-STS policy"),
    ]
