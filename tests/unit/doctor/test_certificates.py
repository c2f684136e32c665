from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from mailwright.doctor import certificates
from mailwright.formats.certificates import Certificate, certificate
from tests import clock
from tests.pki import hierarchy, pair
from tests.unit.doctor.zone import HOST, codes

NOW = clock.now()
LEAF, INTERMEDIATE, ROOT, KEY = hierarchy(HOST)
ROOTS = [x509.load_pem_x509_certificate(ROOT.encode())]


def parsed(text: str, key: str) -> Certificate:
    """The certificate of a chain and its key."""
    result = certificate(text, key, "cert.pem", "key.pem")
    assert isinstance(result, Certificate)
    return result


@pytest.mark.parametrize(
    ("text", "roots", "expected"),
    [
        (LEAF + INTERMEDIATE, ROOTS, []),
        (LEAF + INTERMEDIATE + ROOT, [], []),
        (LEAF, ROOTS, ["certificate-incomplete"]),
        (LEAF + ROOT, ROOTS, ["certificate-chain"]),
        (LEAF + ROOT + INTERMEDIATE, ROOTS, ["certificate-chain"]),
        (LEAF + hierarchy(HOST)[1], ROOTS, ["certificate-chain"]),  # the same names, another key
        (LEAF + INTERMEDIATE, [], ["certificate-unknown-ca"]),
        (
            LEAF + INTERMEDIATE,
            [x509.load_pem_x509_certificate(hierarchy(HOST)[2].encode())],
            ["certificate-unknown-ca"],
        ),
        (pair(HOST)[0], ROOTS, ["certificate-self-signed"]),
    ],
    ids=["whole", "with root", "alone", "gap", "order", "another key", "own CA", "namesake", "self-signed"],
)
def test_chain(text: str, roots: list[x509.Certificate], expected: list[str]) -> None:
    assert codes(certificates.chain(text, "cert.pem", roots)) == expected


@pytest.mark.parametrize(
    ("later", "hostname", "expected"),
    [
        (timedelta(), HOST, []),
        (timedelta(days=77), HOST, ["certificate-expires"]),
        (timedelta(days=75), HOST, []),
        (timedelta(days=91), HOST, ["certificate-expired"]),
        (timedelta(days=-2), HOST, ["certificate-too-new"]),
        (timedelta(), "other.example.com", ["certificate-name"]),
    ],
)
def test_days_and_names(later: timedelta, hostname: str, expected: list[str]) -> None:
    whole = parsed(LEAF + INTERMEDIATE, KEY)
    assert codes(certificates.findings(whole, hostname, ROOTS, NOW + later)) == expected


@pytest.mark.parametrize(("days", "expected"), [(1, "in 1 day"), (12, "in 12 days")])
def test_days_left(days: int, expected: str) -> None:
    whole = parsed(LEAF + INTERMEDIATE, KEY)
    (finding,) = certificates.findings(whole, HOST, ROOTS, whole.not_after - timedelta(days=days, hours=1))
    assert finding.what == f"cert.pem expires on {whole.not_after:%Y-%m-%d}, {expected}"


def test_what_the_ca_does_not_issue() -> None:
    row = {"name": "mail.example.com", "error": "", "next": "", "left_out": {}, "waits_for": ""}
    rows = [
        row | {"error": "the CA cannot connect", "next": "try 2026-11-27 20:00"},
        row | {"left_out": {"imap.example.com": "has no address", "mta-sts.example.com": "has no address"}},
        row | {"waits_for": "ab12"},
    ]
    found = [(one.code, one.level) for one in certificates.issuance(rows, {"mta-sts.example.com"})]
    assert found == [
        ("certificate-not-issued", "finding"),
        ("certificate-name-left-out", "finding"),
        ("certificate-web-name-left-out", "note"),
        ("certificate-key-waits", "note"),
    ]
