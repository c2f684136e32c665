from __future__ import annotations

import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.dkim import SigningKey
from mailwright.records import Record, chunks, host_records, records
from tests.unit.operator import ACCOUNTS, mailserver

KEY = SigningKey("example.com", "mail", "v=DKIM1; k=rsa; p=" + "A" * 600, "x")


def found(**environ: str) -> dict[tuple[str, str], Record]:
    return {(it.kind, it.name): it for it in records(mailserver(ACCOUNTS, **environ), "example.com", [KEY])}


def test_a_parser_takes_the_zone() -> None:
    wanted = records(mailserver(ACCOUNTS), "example.com", [KEY])
    zone = dns.zone.from_text(
        "\n".join(["@ 3600 IN SOA ns hostmaster 1 2 3 4 5", "@ 3600 IN NS ns", *(it.line() for it in wanted)]),
        origin="example.com.",
    )
    text = b"".join(zone.find_rdataset("mail._domainkey", "TXT")[0].strings).decode()
    assert text == KEY.record
    assert str(zone.find_rdataset("@", "MX")[0]) == "10 mail"


def test_what_is_needed() -> None:
    needed = {key for key, it in found().items() if it.needed}
    assert needed == {
        ("MX", "example.com"),
        ("TXT", "example.com"),
        ("TXT", "_dmarc.example.com"),
        ("TXT", "mail._domainkey.example.com"),
    }
    assert not any(name.startswith("mail._domainkey.other") for _, name in found())


def test_doors_that_are_open_are_told() -> None:
    assert ("SRV", "_submissions._tcp.example.com") not in found()
    record = found(ENABLE_SUBMISSIONS="1")["SRV", "_submissions._tcp.example.com"]
    assert record.data == "0 1 465 mail.example.com."


def test_no_tlsa_for_a_certificate_that_nobody_is_shown() -> None:
    assert host_records(mailserver(ACCOUNTS)) == []


@pytest.mark.parametrize(("text", "parts"), [("", []), ("a", ["a"]), ("a" * 256, ["a" * 255, "a"]), ('"', ['\\"'])])
def test_chunks(text: str, parts: list[str]) -> None:
    assert list(chunks(text)) == parts


@given(st.text(alphabet="abc =;", max_size=700))
def test_chunks_lose_nothing(text: str) -> None:
    assert "".join(chunks(text)) == text
