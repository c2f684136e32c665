"""Public keys of users: an OpenPGP certificate (ASCII armor, RFC 9580) or an X.509 one (PEM) for S/MIME."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile

PGP, SMIME = ".asc", ".pem"
PUBLIC_BLOCK = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")
LEAST_BITS = 2048
EXPORT = "gpg --armor --export ADDRESS"
TAKE_AWAY = "the user alone may have the private key: delete it here, and give only the public one"


def problems(file: TextFile, now: datetime) -> Iterator[Problem]:
    """What is wrong with the key in ``file``, as far as it can be seen without using it."""
    if PRIVATE.search(file.text):
        yield Problem(file.name, "has a private key", TAKE_AWAY)
    elif file.name.endswith(PGP):
        if file.text.count(PUBLIC_BLOCK) != 1:
            yield Problem(file.name, "is not one OpenPGP public key in ASCII armor", EXPORT)
    else:
        yield from _certificate_problems(file, now)


def _certificate_problems(file: TextFile, now: datetime) -> Iterator[Problem]:
    try:
        certificates = x509.load_pem_x509_certificates(file.text.encode())
        public = certificates[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        yield Problem(file.name, "is not an X.509 certificate in PEM", "openssl x509 -in FILE -out ADDRESS.pem")
        return
    if len(certificates) > 1:
        yield Problem(file.name, "has more than one certificate", "only the user's own, without those of the CA")
    fits = isinstance(public, ec.EllipticCurvePublicKey) or (
        isinstance(public, rsa.RSAPublicKey) and public.key_size >= LEAST_BITS
    )
    if not fits:
        yield Problem(file.name, f"its key is neither RSA with {LEAST_BITS} bits or more nor on an elliptic curve")
    elif not _may_encrypt(certificates[0]):
        yield Problem(file.name, "is not for encrypted mail, as its key usage says", "the user's S/MIME certificate")
    end = certificates[0].not_valid_after_utc
    if end < now:
        what = f"has expired on {end:%Y-%m-%d}; mail is still encrypted with it"
        yield Problem(file.name, what, "ask the user for the new certificate", True)


def _may_encrypt(certificate: x509.Certificate) -> bool:
    """Whether key usage and extended key usage (RFC 8550, section 4.4), where they are there, allow it."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        allowed = usage.key_encipherment or usage.key_agreement
    except x509.ExtensionNotFound:
        allowed = True
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        mail = {ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
        return allowed and bool(mail & set(purposes))
    except x509.ExtensionNotFound:
        return allowed
