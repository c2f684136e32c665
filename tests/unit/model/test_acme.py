"""SSL_TYPE=acme: what is ordered, what is refused, and which certificate serves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.core import paths
from mailwright.formats.certificates import public_digest
from mailwright.issuance import keys
from mailwright.model import acme, certificates
from mailwright.model.building import build
from mailwright.model.certificates import OWN
from mailwright.model.issued import are_issued, next_public, place
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.model.sources import Content
from tests.pki import pair
from tests.unit.operator import ACCOUNTS, inputs, mailserver, refused, sources

HOST = "mail.example.com"
DNS = {"SSL_TYPE": "acme", "ACME_CHALLENGE": "dns-01"}
HOOK = {**ACCOUNTS, acme.HOOK: "#!/bin/sh\n"}


def with_state(files: dict[str, Content], **environ: str) -> Mailserver:
    given = sources(HOOK, **DNS, **environ)
    return build(Reading.of(replace(given, files={**given.files, **files})))


def issued(*names: str) -> dict[str, Content]:
    chain, key = pair(*names)
    return {place(names[0]): f"{key}{chain}".encode()}


def test_the_self_signed_certificate_serves_until_there_is_one() -> None:
    server = mailserver(HOOK, **DNS)
    assert [one.where for one in server.certificates] == [OWN.chain]
    assert not are_issued(server.certificates)
    assert server.smtpd_tls_security_level == "may"


def test_what_the_ca_issued_serves() -> None:
    server = with_state(issued(HOST))
    assert [one.where for one in server.certificates] == [f"{paths.ACME_LIVE}/{HOST}.pem"]
    assert are_issued(server.certificates)


@pytest.mark.parametrize("content", [b"", b"rubbish", "other key"])
def test_a_broken_state_is_a_warning_and_the_self_signed_one_serves(content: bytes | str) -> None:
    broken = content if isinstance(content, bytes) else f"{pair(HOST)[0]}{pair(HOST)[1]}".encode()
    server = with_state({place(HOST): broken})
    assert [one.where for one in server.certificates] == [OWN.chain]
    assert any(f"{paths.ACME_LIVE}/{HOST}.pem" in str(problem) for problem in server.warnings)


def test_one_order_for_the_host_and_one_for_each_further_name() -> None:
    settings = {**DNS, "ACME_DOMAINS": "imap.example.com, *.example.com", "SSL_SNI_DOMAINS": "mail.example.org"}
    server = mailserver(HOOK, **settings)
    assert server.acme
    assert [order.names for order in server.acme.orders] == [
        (HOST, "imap.example.com", "*.example.com"),
        ("mail.example.org",),
    ]


def test_a_name_with_files_of_the_operator_is_not_ordered() -> None:
    chain, key = pair("mail.example.org")
    given = inputs(HOOK, **DNS, SSL_SNI_DOMAINS="mail.example.org")
    files = {"fullchain.pem": chain, "privkey.pem": key}
    own = {f"{paths.CONFIG}/ssl/mail.example.org/{name}": text.encode() for name, text in files.items()}
    found = list(acme.orders(replace(given, reading=given.reading.with_files(own))))
    assert [order.name for order in found] == [HOST]


def test_a_further_name_gets_its_own() -> None:
    server = with_state({**issued(HOST), **issued("mail.example.org")}, SSL_SNI_DOMAINS="mail.example.org")
    assert [one.name for one in server.sni] == ["mail.example.org"]


def test_the_next_key_is_known_by_its_public_part() -> None:
    public = keys.public(keys.make("ec256")).encode()
    server = with_state({**issued(HOST), next_public(HOST): public})
    assert server.acme
    assert server.acme.next_keys == ((HOST, public_digest(public)),)
    assert with_state({next_public(HOST): b"rubbish"}).acme.next_keys == ()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ACME_CHALLENGE": "dns-01"}, "dns-01 needs acme-dns-hook"),
        ({"ACME_DOMAINS": "*.example.com"}, "wildcards only for DNS-01"),
        ({"ACME_EAB_KID": "k"}, "ACME_EAB_KID: needs ACME_EAB_HMAC_KEY too"),
        ({"ACME_EAB_HMAC_KEY": "k"}, "ACME_EAB_HMAC_KEY: needs ACME_EAB_KID too"),
        ({"ACME_CA_FILE": "/nowhere.pem"}, "ACME_CA_FILE: /nowhere.pem does not exist"),
        ({"ACME_DIRECTORY": "http://ca.test/dir"}, "ACME_DIRECTORY: 'http://ca.test/dir' is not letsencrypt"),
        ({"ACME_DIRECTORY": "stagging"}, "ACME_DIRECTORY: 'stagging' is not letsencrypt, staging or the https://"),
        ({"ACME_DOMAINS": "a b;c"}, "ACME_DOMAINS: 'a b;c'"),
        ({"ACME_KEY_TYPE": "dsa"}, "'dsa' is not one of ec256"),
    ],
)
def test_what_is_refused(settings: dict[str, str], told: str) -> None:
    assert [text for text in refused(ACCOUNTS, **{"SSL_TYPE": "acme", **settings}) if told in text]


def test_no_message_shows_the_key_of_the_account() -> None:
    assert "hunter 2" not in "\n".join(
        refused(ACCOUNTS, SSL_TYPE="acme", ACME_EAB_KID="k", ACME_EAB_HMAC_KEY="hunter 2")
    )


def test_settings_without_acme_are_named() -> None:
    assert [
        text for text in refused(ACCOUNTS, ACME_EMAIL="me@example.com") if "no effect without SSL_TYPE=acme" in text
    ]


def test_every_file_of_the_state_is_read() -> None:
    settings = mailserver(HOOK, **DNS).settings
    listed = ("a.pem", "a.next.pub", "a.next.key", "else")
    found = set(certificates.wanted_paths(settings, HOST, "example.com", live=listed))
    assert {f"{paths.ACME_LIVE}/a.pem", f"{paths.ACME_LIVE}/a.next.pub", paths.ACME_LIVE, *OWN.all()} <= found
    assert f"{paths.ACME_LIVE}/a.next.key" not in found
