from __future__ import annotations

import re
from dataclasses import replace

import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.dns.records import (
    Record,
    chunks,
    host_records,
    records,
    spki_digest,
    switches,
    tlsa_matching,
)
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model.building import build
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.model.sni import NamedCertificate
from mailwright.services.web.mta_sts_policy import mta_sts_policy, policy_id
from tests.pki import hierarchy, pair
from tests.unit.operator import ACCOUNTS, mailserver, sources

KEY = SigningKey("example.com", "mail", "v=DKIM1; k=rsa; p=" + "A" * 600, "x")


def published(**environ: str) -> dict[tuple[str, str], Record]:
    """The records of example.com by type and name."""
    return {
        (record.kind, record.name): record for record in records(mailserver(ACCOUNTS, **environ), "example.com", [KEY])
    }


def test_a_parser_takes_the_zone() -> None:
    expected = records(mailserver(ACCOUNTS), "example.com", [KEY])
    zone = dns.zone.from_text(
        "\n".join(
            ["@ 3600 IN SOA ns hostmaster 1 2 3 4 5", "@ 3600 IN NS ns", *(record.line() for record in expected)]
        ),
        origin="example.com.",
    )
    text = b"".join(zone.find_rdataset("mail._domainkey", "TXT")[0].strings).decode()
    assert text == KEY.record
    assert str(zone.find_rdataset("@", "MX")[0]) == "10 mail"


def test_what_is_needed() -> None:
    needed = {key for key, record in published().items() if record.needed}
    assert needed == {
        ("MX", "example.com"),
        ("TXT", "example.com"),
        ("TXT", "_dmarc.example.com"),
        ("TXT", "mail._domainkey.example.com"),
    }
    assert not any(name.startswith("mail._domainkey.other") for _, name in published())


def test_each_open_port_has_an_srv_record() -> None:
    def services(**environ: str) -> dict[str, str]:
        found = published(**environ)
        return {name.partition(".")[0]: record.data for (kind, name), record in found.items() if kind == "SRV"}

    usual = {
        "_imaps": "0 1 993 mail.example.com.",
        "_imap": "10 1 143 mail.example.com.",
        "_pop3s": "0 0 0 .",
        "_pop3": "0 0 0 .",
        "_submissions": "0 0 0 .",
        "_submission": "10 1 587 mail.example.com.",
        "_sieve": "0 1 4190 mail.example.com.",
    }
    assert services(ENABLE_MANAGESIEVE="1") == usual
    assert services(ENABLE_MANAGESIEVE="0") == usual | {"_sieve": "0 0 0 ."}
    more = {"_submissions": "0 1 465 mail.example.com.", "_pop3s": "20 1 995 mail.example.com."}
    assert services(ENABLE_MANAGESIEVE="1", ENABLE_SUBMISSIONS="1", ENABLE_POP3="1") == usual | more | {
        "_pop3": "30 1 110 mail.example.com."
    }


def test_a_server_without_tls_has_no_tlsa_record() -> None:
    assert host_records(mailserver(ACCOUNTS)) == []


@pytest.mark.parametrize(("text", "parts"), [("", []), ("a", ["a"]), ("a" * 256, ["a" * 255, "a"]), ('"', ['\\"'])])
def test_chunks(text: str, parts: list[str]) -> None:
    assert list(chunks(text)) == parts


@given(st.text(alphabet="abc =;", max_size=700))
def test_chunks_lose_nothing(text: str) -> None:
    assert "".join(chunks(text)) == text


def with_ca_certificate() -> Mailserver:
    """A server whose certificate comes from a CA."""
    leaf, intermediate, _, key = hierarchy("mail.example.com")
    files = {"/tmp/docker-mailserver/ssl/mail.example.com-full.pem": (leaf + intermediate + key).encode()}
    return build(Reading.of(replace(sources(ACCOUNTS, SSL_TYPE="custom"), files=files)))


def test_a_certificate_from_a_ca_adds_tlsa_and_mta_sts() -> None:
    server = with_ca_certificate()
    (tlsa,) = host_records(server)
    assert tlsa.data in tlsa_matching(server.certificates[0].chain)
    assert tlsa.data.startswith("3 1 1 ")
    texts = {record.name: record.data for record in records(server, "example.com", [])}
    assert re.fullmatch(r"v=STSv1; id=[a-f0-9]{16}", texts["_mta-sts.example.com"])
    assert "_mta-sts.example.com" not in {name for _, name in published()}


def test_each_name_with_a_certificate_has_tlsa() -> None:
    server = with_ca_certificate()
    chain = pair("mail.example.org")[0]
    other = replace(server.certificates[0], chain=chain)
    both = replace(server, sni=(NamedCertificate("mail.example.org", other, ("mail.example.org",)),))
    assert {record.name: record.data for record in host_records(both)} == {
        "_25._tcp.mail.example.com": f"3 1 1 {spki_digest(server.certificates[0].chain)}",
        "_25._tcp.mail.example.org": f"3 1 1 {spki_digest(chain)}",
    }


def test_tlsa_matching_covers_every_usage_selector_and_hash() -> None:
    leaf, intermediate, root, _ = hierarchy("mail.example.com")
    matching = list(tlsa_matching(leaf + intermediate))
    assert len(matching) == len(set(matching)) == 2 * 2 * 2 * 3
    assert f"3 1 1 {spki_digest(leaf)}" in matching
    assert f"2 1 1 {spki_digest(intermediate)}" in matching
    assert f"2 1 1 {spki_digest(leaf)}" not in matching
    assert f"2 1 1 {spki_digest(root)}" not in matching


def test_the_policys_id_changes_with_it() -> None:
    testing, enforce = mailserver(), mailserver(MTA_STS_POLICY_MODE="enforce")
    assert policy_id(testing) != policy_id(enforce)
    assert policy_id(testing) != policy_id(mailserver(OVERRIDE_HOSTNAME="mx.example.com"))
    assert mta_sts_policy(enforce).splitlines()[1:3] == ["mode: enforce", "mx: mail.example.com"]


def test_the_first_dmarc_policy_is_none_with_reports_to_the_domain_itself() -> None:
    assert published()["TXT", "_dmarc.example.com"].data == "v=DMARC1; p=none; rua=mailto:postmaster@example.com"


def test_a_quote_at_the_end_of_a_piece_stays_whole() -> None:
    assert list(chunks("a" * 254 + '"b')) == ["a" * 254 + '\\"', "b"]


def test_the_setting_that_opens_the_port_of_each_srv_record() -> None:
    found = switches("example.com")
    assert found["_pop3s._tcp.example.com"] == "ENABLE_POP3"
    assert found["_sieve._tcp.example.com"] == "ENABLE_MANAGESIEVE"
    assert set(found) == {name for kind, name in published() if kind == "SRV"}


def test_the_web_server_has_names_in_each_domain() -> None:
    assert not [kind for kind, _ in published() if kind == "CNAME"]
    found = published(ENABLE_WEB="1")
    for name in ("autoconfig", "autodiscover"):
        assert found["CNAME", f"{name}.example.com"].line() == f"{name}.example.com. 3600 IN CNAME mail.example.com."
    assert found["SRV", "_autodiscover._tcp.example.com"].data == "0 1 443 mail.example.com."
    assert not [kind for kind, _ in published(ENABLE_WEB="1", SMTP_ONLY="1") if kind == "CNAME"]
