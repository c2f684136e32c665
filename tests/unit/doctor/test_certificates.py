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


def held(text: str, key: str) -> Certificate:
    found = certificate(text, key, "cert.pem", "key.pem")
    assert isinstance(found, Certificate)
    return found


@pytest.mark.parametrize(
    ("text", "roots", "said"),
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
def test_chain(text: str, roots: list[x509.Certificate], said: list[str]) -> None:
    assert codes(certificates.chain(text, "cert.pem", roots)) == said


@pytest.mark.parametrize(
    ("later", "hostname", "said"),
    [
        (timedelta(), HOST, []),
        (timedelta(days=77), HOST, ["certificate-expires"]),
        (timedelta(days=75), HOST, []),
        (timedelta(days=91), HOST, ["certificate-expired"]),
        (timedelta(days=-2), HOST, ["certificate-too-new"]),
        (timedelta(), "other.example.com", ["certificate-name"]),
    ],
)
def test_days_and_names(later: timedelta, hostname: str, said: list[str]) -> None:
    it = held(LEAF + INTERMEDIATE, KEY)
    assert codes(certificates.certificate(it, hostname, ROOTS, NOW + later)) == said
