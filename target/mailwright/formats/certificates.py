"""Certificates: PEM text → Certificate, checked against its key, its days and its names."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from mailwright.core.problems import Problem
from mailwright.core.values import amount

SPKI = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
EXPIRES_SOON = timedelta(days=14)
KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----\n?", re.DOTALL)
CERTIFICATE_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its chain and its key, as PEM text."""

    chain: str
    key: str = field(repr=False)
    names: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    fingerprint: str  # SHA-256, in hex pairs as openssl prints it
    where: str


def certificate(chain: str, key: str, where: str, key_where: str) -> Certificate | Problem:
    """The Certificate of two PEM texts, or a Problem."""
    blocks = CERTIFICATE_BLOCK.findall(chain)
    # cryptography raises several types for broken input, some of them only when a field is read.
    try:
        leaf, *_ = [x509.load_pem_x509_certificate(block.encode()) for block in blocks]
        certified, names = leaf.public_key().public_bytes(*SPKI), _names(leaf)
    except Exception:  # noqa: BLE001
        return Problem(where, "holds no certificate in PEM form" if chain.strip() else "is empty")
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        return Problem(key_where, "has a key with a passphrase; the daemons need one without")
    except Exception:  # noqa: BLE001
        return Problem(key_where, "holds no private key in PEM form" if key.strip() else "is empty")
    if private.public_key().public_bytes(*SPKI) != certified:
        return Problem(key_where, f"the key does not fit the certificate in {where}")
    return Certificate(
        chain="".join(block.rstrip("\n") + "\n" for block in blocks),
        key=key if key.endswith("\n") else key + "\n",
        names=names,
        not_before=leaf.not_valid_before_utc,
        not_after=leaf.not_valid_after_utc,
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(":").upper(),
        where=where,
    )


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = extension.value.get_values_for_type(x509.DNSName)
    except (x509.ExtensionNotFound, ValueError):
        common = leaf.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        names = [str(attribute.value) for attribute in common]
    return tuple(name.lower() for name in names)


def is_self_signed(chain: str) -> bool:
    """Whether the first certificate of a PEM text was issued by itself."""
    try:
        leaf = x509.load_pem_x509_certificate(chain.encode())
    except ValueError:
        return False
    return leaf.issuer == leaf.subject


def unit(chain: str) -> str:
    """The organizational unit of the first certificate of a PEM text (RFC 4519, section 2.20); empty without one."""
    leaf = x509.load_pem_x509_certificate(chain.encode())
    units = leaf.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    return str(units[0].value) if units else ""


def is_issued_by(chain: str, authorities: str) -> bool:
    """Whether the last certificate of a PEM text is one of ``authorities``, or was issued by one."""
    last = x509.load_pem_x509_certificates(chain.encode())[-1]
    for authority in x509.load_pem_x509_certificates(authorities.encode()):
        if last == authority:
            return True
        with suppress(ValueError, TypeError, InvalidSignature):
            last.verify_directly_issued_by(authority)
            return True
    return False


def covers(names: tuple[str, ...], hostname: str) -> bool:
    """Whether one of a certificate's ``names`` is ``hostname``, or a wildcard for it (RFC 9525, section 6.3)."""
    return hostname in names or f"*.{hostname.partition('.')[2]}" in names


def warnings(certificate: Certificate, hostname: str, now: datetime) -> list[Problem]:
    """Warnings about a valid certificate that clients may refuse."""
    where, problems = certificate.where, []
    if certificate.not_after <= now:
        problems.append(Problem(where, f"expired on {certificate.not_after:%Y-%m-%d}", "renew it", True))
    elif certificate.not_after - now < EXPIRES_SOON:
        days = amount((certificate.not_after - now).days, "day")
        problems.append(Problem(where, f"expires on {certificate.not_after:%Y-%m-%d}, in {days}", "renew it", True))
    if certificate.not_before > now:
        problems.append(Problem(where, f"is not valid before {certificate.not_before:%Y-%m-%d %H:%M} UTC", "", True))
    if not covers(certificate.names, hostname):
        listed = ", ".join(certificate.names) or "no name"
        problems.append(Problem(where, f"is issued for {listed}, not for {hostname}", "", True))
    return problems


def split_pem(text: str) -> tuple[str, str]:
    """The certificates and the key of one PEM text that holds both."""
    return "".join(CERTIFICATE_BLOCK.findall(text)), "".join(KEY_BLOCK.findall(text)[:1])


def authorities(text: str) -> str:
    """The certificates of a PEM text and nothing else of it; empty if there are none or one is not readable."""
    blocks = CERTIFICATE_BLOCK.findall(text)
    try:
        for block in blocks:
            x509.load_pem_x509_certificate(block.encode())
    except ValueError:
        return ""
    return "".join(block.rstrip("\n") + "\n" for block in blocks)


def public_digest(text: bytes) -> str:
    """SHA-256 of a public key in PEM form, as in a TLSA record with 3 1 1 (RFC 7671, section 5.1); empty if broken."""
    try:
        return hashlib.sha256(load_pem_public_key(text).public_bytes(*SPKI)).hexdigest()
    except Exception:  # noqa: BLE001  several types for broken input, as above
        return ""
