"""Certificates made for the tests."""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests import clock


def pair(*names: str, kind: str = "ec", days: int = 90, starts: int = -1, issuer: str = "") -> tuple[str, str]:
    """A certificate for ``names``, valid from ``starts`` to ``days`` from now, and its key, in PEM; its own issuer."""
    key = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]) if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=starts))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM).decode(), key_pem.decode()


def hierarchy(*names: str, identified: bool = True) -> tuple[str, str, str, str]:
    """The certificate for ``names``, its issuer's and the root's, and the first one's key, in PEM.

    With ``identified``, each names the key of its issuer, as those of public authorities do. Python demands it.
    """
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    subjects = [names[0], "Intermediate CA", "Root CA"]
    pems = []
    for place, subject in enumerate(subjects):
        above = min(place + 1, 2)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subjects[above])]))
            .public_key(keys[place].public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(clock.now() - timedelta(days=1))
            .not_valid_after(clock.now() + timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=place > 0, path_length=None), critical=True)
        )
        if identified:
            issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(keys[above].public_key())
            own = x509.SubjectKeyIdentifier.from_public_key(keys[place].public_key())
            builder = builder.add_extension(issuers, False).add_extension(own, False)
        if place:
            flags = dict.fromkeys(("digital_signature", "key_cert_sign", "crl_sign"), True)
            others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
            usage = x509.KeyUsage(**flags, **dict.fromkeys((*others, "encipher_only", "decipher_only"), False))
            builder = builder.add_extension(usage, critical=True)
        else:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(it) for it in names]), False)
        pems.append(builder.sign(keys[above], hashes.SHA256()).public_bytes(Encoding.PEM).decode())
    key = keys[0].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return pems[0], pems[1], pems[2], key
