"""DKIM keys of the config folder: the domain and selector of each, and the record that its zone needs (RFC 6376)."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from mailwright.core.problems import Problem

# A file name can end in .next (published, does not sign yet) or .old (signs no longer); see dkim_rotation.py.
RSPAMD = re.compile(r"rspamd/dkim/(?:rsa-\d+|ed25519)-(?P<rest>.+)\.private\.txt(?:\.(?P<stage>next|old))?")
FOLDERS = ("rspamd/dkim/", "opendkim/keys/")
OPENDKIM = re.compile(r"opendkim/keys/(?P<domain>[^/]+)/(?P<selector>[^/]+)\.private(?:\.(?P<stage>next|old))?")
NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?", re.ASCII)
PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key of ``domain``: ``record`` is the text of SELECTOR._domainkey.DOMAIN, ``private`` what Rspamd reads.

    Its ``stage`` is "signing", "next" (published first) or "old" (published until its last signatures are checked).
    """

    domain: str
    selector: str
    record: str
    where: str
    private: str = field(default="", repr=False)
    stage: str = "signing"

    @property
    def name(self) -> str:
        """The record's full name."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def path(self) -> str:
        """Where Rspamd finds it, below /etc."""
        return f"rspamd/dkim/{self.domain}.{self.selector}.{self.algorithm}.key"

    @property
    def algorithm(self) -> str:
        """``rsa`` or ``ed25519``."""
        return "ed25519" if "k=ed25519" in self.record else "rsa"


def signing_keys(files: Mapping[str, bytes], domains: Collection[str]) -> tuple[list[SigningKey], list[Problem]]:
    """The keys among ``files`` (path below the config folder → content), and the Problems of the others."""
    keys, problems = [], []
    for path, content in sorted(files.items()):
        for domain, selector, stage in _named(path, domains):
            try:
                if not NAME.fullmatch(selector) or not NAME.fullmatch(domain):
                    raise ValueError("does not name a selector and a domain")
                key = private_key(content)
                keys.append(SigningKey(domain, selector, record_of(key), path, written(key), stage))
            except ValueError as error:
                problems.append(Problem(path, str(error), "", not path.startswith(FOLDERS[0])))
    return keys, problems


def in_use(keys: Iterable[SigningKey]) -> dict[str, tuple[SigningKey, ...]]:
    """Domain → the keys that sign its mail: Rspamd's, else OpenDKIM's; the first of each selector and algorithm."""
    by_domain: dict[str, dict[tuple[str, str], SigningKey]] = {}
    signing = [key for key in keys if key.stage == "signing"]
    rspamd = {key.domain for key in signing if key.where.startswith(FOLDERS[0])}
    for key in signing:
        if key.where.startswith(FOLDERS[0]) or key.domain not in rspamd:
            by_domain.setdefault(key.domain, {}).setdefault((key.selector, key.algorithm), key)
    return {domain: tuple(by_selector.values()) for domain, by_selector in sorted(by_domain.items())}


def _named(path: str, domains: Collection[str]) -> Iterator[tuple[str, str, str]]:
    if match := OPENDKIM.fullmatch(path):
        yield match["domain"].lower(), match["selector"], match["stage"] or "signing"
    elif match := RSPAMD.fullmatch(path):
        # SELECTOR-DOMAIN, both may have a hyphen: split at our longest domain that fits, else at the first hyphen.
        rest = match["rest"]
        own_domain = max((name for name in domains if rest.lower().endswith(f"-{name}")), key=len, default="")
        selector, _, domain = rest.partition("-")
        named = (own_domain, rest[: -len(own_domain) - 1]) if own_domain else (domain.lower(), selector)
        yield (*named, match["stage"] or "signing")


def private_key(private: bytes) -> PrivateKey:
    """The private key that ``private`` holds, in PEM form or an Ed25519 key as rspamadm(1) writes it.

    ValueError when DKIM does not know its type, or it is not a key.
    """
    text = private.decode("utf-8", "replace")
    block = PEM.search(text)
    if not block:
        return _bare_key(text.strip())
    try:
        key = load_pem_private_key(block[0].encode(), password=None)
    except Exception:  # noqa: BLE001  cryptography raises several types of its own
        raise ValueError("holds no private key that can be read") from None
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise ValueError("holds a key that is neither RSA nor Ed25519")
    return key


def _bare_key(text: str) -> ed25519.Ed25519PrivateKey:
    """The Ed25519 key of a base64 text: 32 bytes, or 64 with the public key after them."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if len(raw) not in (32, 64):
        raise ValueError("holds no private key in PEM form")
    return ed25519.Ed25519PrivateKey.from_private_bytes(raw[:32])


def written(key: PrivateKey) -> str:
    """``key`` in the form that Rspamd reads."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption()) + public).decode()


def record(private: bytes) -> str:
    """The TXT record for a private key in PEM form; ValueError when it is not one."""
    return record_of(private_key(private))


def record_of(key: PrivateKey) -> str:
    """The TXT record of a key (RFC 6376, section 3.6.1; RFC 8463)."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}"
