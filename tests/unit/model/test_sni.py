"""Certificates for further names: where they are found, and who gets which."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright.host.read import wanted_paths
from mailwright.model import certificates as tls
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.reading import Reading
from mailwright.model.sni import NamedCertificate, named_certificates, served, tried, without
from mailwright.model.sources import Content
from mailwright.services.postfix import tables
from tests.pki import pair
from tests.unit.formats.test_acme_json import b64
from tests.unit.operator import ACCOUNTS, mailserver, sources, told

CONFIG, LIVE, NAME = "/tmp/docker-mailserver", "/etc/letsencrypt/live", "mail.example.org"
HOST = "mail.example.com"


def at(place: str, *names: str, days: int = 90, key: str = "privkey.pem") -> dict[str, Content]:
    chain, private = pair(*names, days=days)
    return {f"{place}/fullchain.pem": chain.encode(), f"{place}/{key}": private.encode()}


def acme(*names: str) -> dict[str, Content]:
    chain, key = pair(*names)
    entry = {"domain": {"main": names[0], "sans": names[1:]}, "certificate": b64(chain), "key": b64(key)}
    return {tls.ACME: json.dumps({"le": {"Certificates": [entry]}}).encode()}


def found(files: Mapping[str, Content], **environ: str) -> tuple[tuple[NamedCertificate, ...], list[str]]:
    """The certificates of the names, and what is told."""
    given = sources(ACCOUNTS, **{"SSL_SNI_DOMAINS": NAME, **environ})
    reading = Reading.of(replace(given, files={**given.files, **files}))
    named, problems = named_certificates(Inputs(reading, ConfigFolder({})))
    return named, told(problems)


OWN = f"{CONFIG}/ssl/{NAME}"
LETSENCRYPT = {"SSL_TYPE": "letsencrypt"}


@pytest.mark.parametrize(
    ("files", "environ", "where"),
    [
        (at(OWN, NAME), {}, f"{OWN}/fullchain.pem"),
        (at(OWN, NAME, key="key.pem"), {"SSL_TYPE": "manual"}, f"{OWN}/fullchain.pem"),
        (at(OWN, NAME) | at(f"{LIVE}/{NAME}", NAME), LETSENCRYPT, f"{OWN}/fullchain.pem"),
        (at(f"{LIVE}/{NAME}", NAME), LETSENCRYPT, f"{LIVE}/{NAME}/fullchain.pem"),
        (at(f"{LIVE}/{NAME}-0001", NAME), LETSENCRYPT, f"{LIVE}/{NAME}-0001/fullchain.pem"),
        (
            at(f"{LIVE}/{NAME}", NAME, days=-1) | at(f"{LIVE}/example.org", "*.example.org"),
            LETSENCRYPT,
            f"{LIVE}/example.org/fullchain.pem",
        ),
        (acme(NAME), LETSENCRYPT, tls.ACME),
        (acme("*.example.org"), LETSENCRYPT, tls.ACME),
        (acme("other.example", NAME), LETSENCRYPT, tls.ACME),
    ],
)
def test_where_a_certificate_is_found(files: dict[str, Content], environ: dict[str, str], where: str) -> None:
    [one], problems = found(files, **environ)
    assert (one.name, one.certificate.where, problems) == (NAME, where, [])
    assert NAME in one.answers


@pytest.mark.parametrize(
    ("files", "environ", "what"),
    [
        (
            {},
            {},
            f"environment: SSL_SNI_DOMAINS: no certificate for {NAME}: {OWN}/fullchain.pem does not exist "
            f"(hint: put fullchain.pem and privkey.pem into ssl/{NAME}/)",
        ),
        (
            at(f"{LIVE}/example.org", "example.org") | acme("mail.example.net"),
            LETSENCRYPT,
            f"environment: SSL_SNI_DOMAINS: no certificate for {NAME}; looked for {OWN}/fullchain.pem, "
            f"{LIVE}/{NAME}/fullchain.pem, {LIVE}/example.org/fullchain.pem, {tls.ACME}",
        ),
        (
            {f"{OWN}/fullchain.pem": at(OWN, NAME)[f"{OWN}/fullchain.pem"]},
            {},
            f"environment: SSL_SNI_DOMAINS: {OWN}/privkey.pem does not exist "
            "(hint: put it there; it belongs to the config folder)",
        ),
        (
            {**at(OWN, NAME), f"{OWN}/fullchain.pem": b""},
            {},
            f"{OWN}/fullchain.pem: is empty",
        ),
        (
            {**at(OWN, NAME), f"{OWN}/privkey.pem": at(OWN, NAME)[f"{OWN}/privkey.pem"]},
            {},
            f"{OWN}/privkey.pem: the key does not fit the certificate in {OWN}/fullchain.pem",
        ),
    ],
)
def test_one_that_cannot_be_used_is_left_out(files: dict[str, Content], environ: dict[str, str], what: str) -> None:
    left = f"environment: SSL_SNI_DOMAINS: {without(NAME)} (hint: until its certificate can be used)"
    assert found(files, **environ) == ((), [f"warning: {what}", f"warning: {left}"])


def test_what_is_a_warning() -> None:
    [one], [expired, misnamed] = found(at(OWN, "imap.example.org", days=-1))
    assert expired.startswith(f"warning: {OWN}/fullchain.pem: expired on ")
    assert misnamed == f"warning: {OWN}/fullchain.pem: is issued for imap.example.org, not for {NAME}"
    assert one.answers == ("imap.example.org",)


@pytest.mark.parametrize(
    ("names", "asked"),
    [
        ({"a.org": ("a.org", "b.org"), "b.org": ("b.org",)}, {"a.org": "a.org", "b.org": "b.org"}),
        (
            {"a.org": ("a.org", "x.org"), "b.org": ("b.org", "x.org")},
            {"a.org": "a.org", "b.org": "b.org", "x.org": "a.org"},
        ),
        ({"m.a.org": ("*.a.org",)}, {"m.a.org": "m.a.org", "*.a.org": "m.a.org"}),
        # The server's own names stay with its own certificate, unless the operator names one.
        ({"a.org": ("a.org", HOST)}, {"a.org": "a.org"}),
        ({"m.example.com": ("*.example.com",)}, {"m.example.com": "m.example.com"}),
        ({HOST: (HOST,)}, {HOST: HOST}),
        ({"a.org": ("a.org", "x y.org", "}", "*", "*.*.org")}, {"a.org": "a.org"}),
    ],
)
def test_who_gets_which(names: dict[str, tuple[str, ...]], asked: dict[str, str]) -> None:
    own = mailserver().certificates[0]
    given = {name: replace(own, names=others) for name, others in names.items()}
    assert served(given, [own], HOST) == asked


def test_the_name_above_may_have_a_wildcard() -> None:
    assert tried(NAME) == (NAME, "example.org")
    assert tried("example.org") == ("example.org",)


def test_what_is_read_and_watched() -> None:
    given = sources(ACCOUNTS, SSL_SNI_DOMAINS=f"{NAME} mail.example.net")
    paths = wanted_paths(Reading.of(given), Path("/nonexistent"))
    assert {f"{OWN}/fullchain.pem", f"{OWN}/privkey.pem", f"{CONFIG}/ssl/mail.example.net/key.pem"} <= {*paths}


def test_postfix_knows_its_own_names_too() -> None:
    server = mailserver()
    one = NamedCertificate(NAME, server.certificates[0], (NAME, "*.example.org"))
    key, cert = (f"/etc/dms/tls/sni/{NAME}.{part}" for part in ("key", "cert"))
    assert list(tables.sni(replace(server, sni=(one,)), "/etc")) == [
        f"{HOST} /etc/dms/tls/key /etc/dms/tls/cert",
        f"{NAME} {key} {cert}",
        f".example.org {key} {cert}",
    ]
