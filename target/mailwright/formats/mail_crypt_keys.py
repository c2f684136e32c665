"""Private keys that mail is encrypted with at rest, as PEM, and what Dovecot calls them in encrypted mail (mail_crypt).

Dovecot names a key by the SHA-256 of its public half: SubjectPublicKeyInfo, on a curve with the compressed point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
CURVES = ("secp256r1", "secp384r1", "secp521r1")
LEAST_BITS = 2048
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class MailCryptKey:
    """A key pair: its file's name without the suffix, both halves as PEM, and Dovecot's name of it."""

    name: str
    private: str = field(repr=False)
    public: str
    digest: str


def mail_crypt_key(name: str, file: TextFile) -> MailCryptKey | Problem:
    """The key of a ``file``, or why Dovecot cannot use it."""
    try:
        private = load_pem_private_key(file.text.encode(), None)
    except TypeError:
        return Problem(file.name, "the key has a password", "remove it: openssl pkey -in OLD.pem -out NEW.pem")
    except (ValueError, UnsupportedAlgorithm):
        public = "PUBLIC KEY-" in file.text
        what = "is a public key; the private key is needed, it has the public one in it" if public else NO_KEY
        return Problem(file.name, what, "restore it from a backup, or make one with setup mail-crypt key")
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in CURVES:
        return _key(name, private)
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= LEAST_BITS:
        return _key(name, private)
    return Problem(file.name, "is neither a key on P-256, P-384 or P-521 nor of RSA with 2048 bits or more")


NO_KEY = "is not a private key in PEM"


def new_key() -> str:
    """A new private key on P-521 as PEM."""
    return _private_pem(ec.generate_private_key(ec.SECP521R1()))


def _private_pem(key: PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _key(name: str, private: PrivateKey) -> MailCryptKey:
    public = private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    return MailCryptKey(name, _private_pem(private), pem, sha256(_hashed_form(public)).hexdigest())


def _hashed_form(public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> bytes:
    """SubjectPublicKeyInfo (RFC 5480), on a curve with the compressed point. All its lengths are below 128 then."""
    whole = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(public, rsa.RSAPublicKey):
        return whole
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    start = 2 if whole[1] < 0x80 else 3  # the algorithm follows the heading of the whole
    algorithm = whole[start : start + 2 + whole[start + 1]]
    body = algorithm + bytes((0x03, len(point) + 1, 0)) + point
    return bytes((0x30, len(body))) + body
