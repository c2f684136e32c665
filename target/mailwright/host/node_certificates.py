"""The CA of a cluster, and the certificates with which its nodes know one another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS, NODE_DAYS = 7300, 730
SKEW = timedelta(hours=1)  # the other node's clock may be behind
KEY_USAGE = dict.fromkeys(
    (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


def authority(now: datetime) -> tuple[str, str]:
    """A new CA: its certificate and its key (ECDSA on P-256), as PEM texts."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("Mailwright cluster")
    usage = x509.KeyUsage(**{**KEY_USAGE, "key_cert_sign": True, "crl_sign": True})
    certificate = (
        _builder(name, name, key.public_key(), now, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    return _pem(certificate), _private(key)


def node(role: str, names: tuple[str, ...], ca: str, ca_key: str, now: datetime) -> tuple[str, str]:
    """A certificate of ``ca`` for a node, and its key; ValueError if ``ca_key`` is no key of the CA.

    Other nodes read its role in the organizational unit of its subject (RFC 4519, section 2.20).
    """
    issuer, signer = x509.load_pem_x509_certificate(ca.encode()), load_pem_private_key(ca_key.encode(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey) or signer.public_key() != issuer.public_key():
        raise ValueError("the key does not belong to the certificate of the CA")
    key = ec.generate_private_key(ec.SECP256R1())
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        _builder(_name(names[0], role), issuer.subject, key.public_key(), now, NODE_DAYS)
        .add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return _pem(certificate), _private(key)


def _builder(
    name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - SKEW)
        .not_valid_after(now.astimezone(UTC) + timedelta(days=days))
    )


def _name(text: str, unit: str = "") -> x509.Name:
    named = [x509.NameAttribute(NameOID.COMMON_NAME, text[:64])]
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit), *named] if unit else named)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _private(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
