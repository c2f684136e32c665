from __future__ import annotations

import dns.zone
import pytest

from mailwright.cli.dns import state, zone_lines
from mailwright.dns.records import Record
from mailwright.doctor import Finding
from mailwright.doctor.catalogue import domain as words
from mailwright.formats.dkim_keys import SigningKey
from tests.unit.dns.test_records import with_ca_certificate
from tests.unit.operator import HASH, mailserver

MX = Record("example.com", "MX", "10 mail.example.com.", "")
ABOUT = "MX example.com"
KEY = SigningKey("example.com", "mail", "v=DKIM1; k=rsa; p=" + "A" * 800, "x")
HEAD = "@ 3600 IN SOA ns hostmaster 1 2 3 4 5\n@ 3600 IN NS ns\n"
ELSEWHERE = words.SRV_ELSEWHERE.finding(ABOUT, domain="x", service="_imaps._tcp", line="x")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "present"),
        ([words.MX_MISSING.finding("MX other.test", domain="other.test", line="x")], "present"),
        ([words.MX_MISSING.finding(ABOUT, domain="example.com", line="x")], "missing"),
        ([words.MX_SECOND.finding(ABOUT, domain="example.com", hosts="x", line="x")], "present"),
        (
            [words.MX_ELSEWHERE.finding(ABOUT, domain="x", hosts="x", line="x")],
            "differs: the MX record names x, not this server",
        ),
        ([ELSEWHERE], "differs: the _imaps._tcp record does not name this server and port"),
        (
            [words.DOMAIN_UNASKED.finding(ABOUT, domain="x", question=ABOUT, reason="SERVFAIL")],
            "can't be asked: SERVFAIL",
        ),
    ],
    ids=["nothing", "another", "missing", "note", "finding", "elsewhere", "unasked"],
)
def test_state(found: list[Finding], said: str) -> None:
    assert state(MX, found) == said


def test_a_parser_takes_the_zone_of_one_domain() -> None:
    lines = "\n".join(zone_lines(with_ca_certificate(), ["example.com"], [KEY], whole=False))
    zone = dns.zone.from_text(HEAD + lines, "example.com.")
    text = zone.find_rdataset("mail._domainkey", "TXT")[0]
    assert [len(it) for it in text.strings] == [255, 255, 255, len(KEY.record) - 765]
    assert b"".join(text.strings).decode() == KEY.record
    assert len(zone.find_rdataset("_25._tcp.mail", "TLSA")) == 1


def test_what_belongs_into_another_zone_is_a_comment() -> None:
    server = with_ca_certificate()
    (line,) = [it for it in zone_lines(server, ["other.net"], [], whole=False) if "TLSA" in it]
    assert line.startswith("; _25._tcp.mail.example.com. ")
    (line,) = [it for it in zone_lines(server, ["other.net"], [], whole=True) if "TLSA" in it]
    assert line.startswith("_25._tcp.mail.example.com. ")


def test_every_domain_has_a_part() -> None:
    server = mailserver({"postfix-accounts.cf": f"a@example.com|{HASH}\na@other.net|{HASH}\n"})
    lines = list(zone_lines(server, ["example.com", "other.net"], [], whole=True))
    parts = [it for it in lines if it.startswith("; -----")]
    assert parts == ["; ----- zone of example.com", "; ----- zone of other.net"]
    assert all(it.startswith("; ") or it.split()[0].endswith(("example.com.", "other.net.")) for it in lines)
