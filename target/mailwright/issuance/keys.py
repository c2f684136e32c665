"""Private keys of certificates, and signing requests (PKCS #10)."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

CURVES: dict[str, type[ec.EllipticCurve]] = {"ec256": ec.SECP256R1, "ec384": ec.SECP384R1}
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def make(kind: str) -> str:
    """A new private key of ``kind`` (ACME_KEY_TYPE), as PEM."""
    key: PrivateKey
    if kind in CURVES:
        key = ec.generate_private_key(CURVES[kind]())
    else:
        key = rsa.generate_private_key(public_exponent=65537, key_size=int(kind.removeprefix("rsa")))
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def load(pem: str) -> PrivateKey:
    """The key in ``pem``; ValueError if it is none that a certificate here has."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (TypeError, ValueError) as error:
        raise ValueError("holds no private key") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise ValueError("holds a key of another kind")
    return key


def kind(pem: str) -> str:
    """The kind of the key in ``pem``, as ACME_KEY_TYPE has it."""
    key = load(pem)
    return f"{'rsa' if isinstance(key, rsa.RSAPrivateKey) else 'ec'}{key.key_size}"


def public(pem: str) -> str:
    """The public key of the key in ``pem``, as PEM."""
    return load(pem).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signing_request(pem: str, names: Sequence[str]) -> str:
    """A signing request for ``names`` by the key in ``pem``, as PEM."""
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(alternatives, critical=False)
    return builder.sign(load(pem), hashes.SHA256()).public_bytes(Encoding.PEM).decode()
