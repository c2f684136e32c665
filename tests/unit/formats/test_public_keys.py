from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from mailwright.formats.public_keys import PUBLIC_BLOCK, problems
from tests import clock
from tests.unit.operator import file

RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
ARMOR = f"{PUBLIC_BLOCK}\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"


def certificate(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey = RSA,
    *,
    purpose: ObjectIdentifier | None = None,
    signs_only: bool = False,
    days: int = 100,
) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")])
    now = clock.now()
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=1000))
    made = made.not_valid_after(now + timedelta(days=days))
    if purpose:
        made = made.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    if signs_only:
        usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
        made = made.add_extension(usage, critical=True)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return made.sign(key, algorithm).public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.asc", ARMOR, ""),
        ("a.asc", "hello", "is not one OpenPGP public key"),
        ("a.asc", ARMOR + ARMOR, "is not one OpenPGP public key"),
        ("a.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----", "has a private key"),
        ("a.pem", certificate(), ""),
        ("a.pem", certificate(EC, purpose=ExtendedKeyUsageOID.EMAIL_PROTECTION), ""),
        ("a.pem", certificate(purpose=ExtendedKeyUsageOID.SERVER_AUTH), "is not for encrypted mail"),
        ("a.pem", certificate(signs_only=True), "is not for encrypted mail"),
        ("a.pem", certificate(ed25519.Ed25519PrivateKey.generate()), "neither RSA"),
        ("a.pem", certificate(rsa.generate_private_key(65537, 1024)), "neither RSA"),
        ("a.pem", certificate() + certificate(EC), "has more than one certificate"),
        ("a.pem", ARMOR, "is not an X.509 certificate"),
        ("a.pem", certificate() + "-----BEGIN EC PRIVATE KEY-----", "has a private key"),
        ("a.pem", certificate(days=-1), "has expired on"),
    ],
)
def test_problems(name: str, text: str, said: str) -> None:
    found = list(problems(file(text, name), clock.now()))
    assert [problem.what for problem in found if said not in problem.what] == []
    assert bool(found) == bool(said)
    assert all(problem.warning for problem in found) == ("expired" in said or not said)
