"""``… signed_profile ADDRESS``: prints Apple's profile of an account, signed with the server's certificate, in DER.

Dovecot starts it for one request (service_executable = script) and nothing of it stays in memory. It runs as a user
that may read a copy of the key and nothing else. Whoever asks chooses the address only: all other text of the profile
comes from the rendered settings, so nothing else can be signed.
"""

from __future__ import annotations

import sys
from os import EX_OK, EX_UNAVAILABLE, EX_USAGE
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

from mailwright.core import client_settings, paths
from mailwright.core.client_settings import ClientSettings
from mailwright.core.values import mailbox_address
from mailwright.formats.mobileconfig import profile

ETC = Path("/etc")


class UnsignedError(Exception):
    """Why there is no signature."""


def main(arguments: list[str], etc: Path = ETC) -> int:
    """An exit code of sysexits.h; after EX_OK the signed profile is on standard output."""
    try:
        (text,) = arguments
        settings = client_settings.load((etc / paths.CLIENT_SETTINGS).read_text(encoding="utf-8"))
        content = asked(settings, text)
    except ValueError:
        return EX_USAGE
    try:
        answer = signed(content, (etc / paths.PROFILE_CERTIFICATE).read_bytes(), (etc / paths.PROFILE_KEY).read_bytes())
    except UnsignedError:
        return EX_UNAVAILABLE
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    return EX_OK


def asked(settings: ClientSettings, text: str) -> bytes:
    """The profile of the address ``text``; ValueError if it cannot be of an account here."""
    address = mailbox_address(text)
    if not settings.any_domain and address.domain not in settings.domains:
        raise ValueError("is in another domain")
    return profile(settings, address)


def signed(content: bytes, chain: bytes, key: bytes) -> bytes:
    """``content`` in a signature with the first certificate of ``chain``, the others beside it (RFC 5652), in DER."""
    certificate, *issuers = x509.load_pem_x509_certificates(chain)
    private = load_pem_private_key(key, None)
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise UnsignedError("Apple verifies RSA and ECDSA only")
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, private, hashes.SHA256())
    for issuer in issuers:
        builder = builder.add_certificate(issuer)
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
