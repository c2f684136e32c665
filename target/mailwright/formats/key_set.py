"""Key set: the public keys of an identity provider as JSON (JWKS, RFC 7517), as it publishes them at its jwks_uri."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailwright.core.problems import Problem, shown
from mailwright.core.textfile import TextFile

# What each kind of key signs with (RFC 7518, section 3.1). Dovecot knows no others.
RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
CURVES: Mapping[str, tuple[ec.EllipticCurve, str]] = {
    "P-256": (ec.SECP256R1(), "ES256"),
    "P-384": (ec.SECP384R1(), "ES384"),
    "P-521": (ec.SECP521R1(), "ES512"),
}
Public = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | None
LEAST_BITS = 2048
NO_NAME = "default"  # what Dovecot looks for when a token names no key
# The name becomes the name of a file.
NAME = re.compile(r"(?!\.{1,2}$)[!-~]{1,100}")


@dataclass(frozen=True, slots=True)
class Key:
    """A public key: its name (``kid``), the algorithms (``alg``) that it checks, and its text in PEM."""

    name: str
    algorithms: tuple[str, ...]
    pem: str


def keys(file: TextFile) -> tuple[list[Key], list[Problem]]:
    """The keys of ``file`` that check signatures, and the Problems with it; no private key is accepted."""
    try:
        entries = json.loads(file.text)["keys"]
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        what = 'is not a key set (JSON of the form {"keys": [{…}]})'
        return [], [Problem(file.name, what, "download it from the provider's jwks_uri")]
    found: list[Key] = []
    problems: list[Problem] = []
    for entry in entries:
        parsed = _key(entry, file.name)
        if isinstance(parsed, Problem):
            problems.append(parsed)
        elif parsed:
            found.append(parsed)
    problems += _twice(found, file.name)
    if not found and not any(not problem.warning for problem in problems):
        problems.append(Problem(file.name, "has no key that checks signatures (RSA or elliptic curve)"))
    return found, problems


def _twice(found: list[Key], where: str) -> Iterator[Problem]:
    """A Problem for each name that two keys of one algorithm have."""
    seen: set[tuple[str, str]] = set()
    for key in found:
        names = {(key.name, algorithm) for algorithm in key.algorithms}
        if names & seen:
            yield Problem(where, f"two keys have the kid {shown(key.name)}")
        seen |= names


def _key(entry: Mapping[str, Any], where: str) -> Key | Problem | None:
    """The key of one entry; nothing for one that encrypts."""
    name = entry.get("kid", NO_NAME)
    called = f"the key {shown(str(name))}"
    if entry.get("use", "sig") != "sig":
        return None
    if entry.get("kty") == "oct" or "d" in entry:
        return Problem(where, f"{called} is a secret; only public keys belong here", "download the set from jwks_uri")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return Problem(where, f"{called} has a kid with blanks or other unusual characters; it is ignored", "", True)
    try:
        public, algorithms = _public(entry)
    except (KeyError, TypeError, ValueError):
        return Problem(where, f"{called} is not readable")
    usable = tuple(each for each in algorithms if entry.get("alg") in (None, each))
    return _usable(name, public, usable) or Problem(
        where,
        f"{called} has an algorithm that Dovecot cannot check, or less than {LEAST_BITS} bits; it is ignored",
        "",
        True,
    )


def _usable(name: str, public: Public, algorithms: tuple[str, ...]) -> Key | None:
    """The key, if Dovecot can check with it, and if it is long enough to be safe."""
    if public is None or not algorithms or (isinstance(public, rsa.RSAPublicKey) and public.key_size < LEAST_BITS):
        return None
    return Key(name, algorithms, public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def _public(entry: Mapping[str, Any]) -> tuple[Public, tuple[str, ...]]:
    """The public key of an entry with the algorithms of its kind; a kind that Dovecot does not know has none."""
    if entry.get("kty") == "RSA":
        return rsa.RSAPublicNumbers(_number(entry["e"]), _number(entry["n"])).public_key(), RSA
    if entry.get("kty") == "EC" and entry["crv"] in CURVES:
        curve, algorithm = CURVES[entry["crv"]]
        numbers = ec.EllipticCurvePublicNumbers(_number(entry["x"]), _number(entry["y"]), curve)
        return numbers.public_key(), (algorithm,)
    return None, ()


def _number(text: str) -> int:
    """A number in base64url (RFC 7518, section 2)."""
    return int.from_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")
