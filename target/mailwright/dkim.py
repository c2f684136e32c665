"""DKIM keys of the config folder: which domain signs with which selector, and what its zone must say (RFC 6376)."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from mailwright.problems import Problem

RSPAMD = re.compile(r"rspamd/dkim/(?:rsa-\d+|ed25519)-(?P<rest>.+)\.private\.txt")
OPENDKIM = re.compile(r"opendkim/keys/(?P<domain>[^/]+)/(?P<selector>[^/]+)\.private")
PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public half of a key: ``record`` is the text of SELECTOR._domainkey.DOMAIN."""

    domain: str
    selector: str
    record: str
    where: str

    @property
    def name(self) -> str:
        """The record's full name."""
        return f"{self.selector}._domainkey.{self.domain}"


def signing_keys(files: Mapping[str, bytes], domains: Collection[str]) -> tuple[list[SigningKey], list[Problem]]:
    """The keys among ``files`` (path below the config folder → content), and what is wrong with those that are none."""
    keys, problems = [], []
    for path, content in sorted(files.items()):
        for domain, selector in _named(path, domains):
            try:
                keys.append(SigningKey(domain, selector, record(content), path))
            except ValueError as error:
                problems.append(Problem(path, str(error)))
    return keys, problems


def _named(path: str, domains: Collection[str]) -> Iterator[tuple[str, str]]:
    if match := OPENDKIM.fullmatch(path):
        yield match["domain"].lower(), match["selector"]
    elif match := RSPAMD.fullmatch(path):
        # SELECTOR-DOMAIN, and both may have a hyphen: the longest domain of ours that fits, else the first hyphen.
        rest = match["rest"]
        ours = max((it for it in domains if rest.lower().endswith(f"-{it}")), key=len, default="")
        selector, _, domain = rest.partition("-")
        yield (ours, rest[: -len(ours) - 1]) if ours else (domain.lower(), selector)


def record(private: bytes) -> str:
    """The TXT record for a private key in PEM form (RFC 6376, section 3.6.1; RFC 8463); ValueError when it is none."""
    block = PEM.search(private.decode("utf-8", "replace"))
    try:
        key = load_pem_private_key(block[0].encode() if block else b"", password=None)
    except Exception:  # noqa: BLE001  cryptography raises several types of its own
        raise ValueError("holds no private key in PEM form") from None
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}"
    raise ValueError("holds a key that is neither RSA nor Ed25519")
