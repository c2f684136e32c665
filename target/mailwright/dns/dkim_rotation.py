"""New DKIM keys and their rotation: a new key is published first, then it signs, then it stays published for a week.

The ending of a key's file name is its stage, so the files alone show how far a rotation is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from string import ascii_lowercase

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from mailwright.dns.records import Record
from mailwright.formats import dkim_keys
from mailwright.formats.dkim_keys import PrivateKey, SigningKey

FOLDER = "rspamd/dkim"
NEXT, OLD = ".next", ".old"
OVERLAP_DAYS = 7  # mail can wait in a queue for five days, and its signature must still verify


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of a key: ``rsa`` with its size in bits, or ``ed25519``."""

    algorithm: str
    bits: int = 0

    @property
    def label(self) -> str:
        """``rsa-2048`` or ``ed25519``, as in file names."""
        return f"rsa-{self.bits}" if self.algorithm == "rsa" else self.algorithm

    def make(self) -> PrivateKey:
        """A new private key."""
        if self.algorithm == "rsa":
            return rsa.generate_private_key(public_exponent=65537, key_size=self.bits)
        return ed25519.Ed25519PrivateKey.generate()


def kind_of(key: SigningKey) -> Kind:
    """The kind of ``key``."""
    return kind_of_private(dkim_keys.private_key(key.private.encode()))


def kind_of_private(private: PrivateKey) -> Kind:
    """The kind of a private key."""
    return Kind("rsa", private.key_size) if isinstance(private, rsa.RSAPrivateKey) else Kind("ed25519")


def stem(kind: Kind, selector: str, domain: str) -> str:
    """The start of the key's file names below the config folder, as in docker-mailserver."""
    return f"{FOLDER}/{kind.label}-{selector}-{domain}"


def new_files(kind: Kind, selector: str, domain: str, stage: str = "") -> dict[str, str]:
    """Path below the config folder → text: a new private key, its record for a zone file and for a web form."""
    return files_of(kind.make(), selector, domain, stage)


def files_of(key: PrivateKey, selector: str, domain: str, stage: str = "") -> dict[str, str]:
    """Path below the config folder → text: the private key, its record for a zone file and for a web form."""
    text = dkim_keys.record_of(key)
    line = Record(f"{selector}._domainkey.{domain}", "TXT", text, "").line()
    base = stem(kind_of_private(key), selector, domain)
    return {
        f"{base}.private.txt{stage}": dkim_keys.written(key),
        f"{base}.public.txt": f"{line}\n",
        f"{base}.public.dns.txt": f"{text}\n",
    }


def unused_selector(taken: Collection[str], today: date) -> str:
    """A selector that is not in ``taken``: the date, with a letter added if one day has several."""
    base = f"s{today:%Y%m%d}"
    names = (base, *(f"{base}{letter}" for letter in ascii_lowercase))
    return next(name for name in names if name not in taken)


def successors(keys: Iterable[SigningKey], today: date) -> dict[str, str]:
    """The files of a new key for each key that signs for one domain."""
    current = list(keys)
    # The selector of a kind begins with the date, so a second rotation on that day counts it as taken.
    taken = {name for key in current for name in (key.selector, key.selector.partition("-")[0])}
    selector = unused_selector(taken, today)
    kinds = dict.fromkeys(kind_of(key) for key in current if key.stage == "signing")
    files: dict[str, str] = {}
    for kind in kinds:
        # Two keys with one selector would be two records with one name, and a verifier may take either.
        is_only_one = sum(other.algorithm == kind.algorithm for other in kinds) == 1
        own = selector if len(kinds) == 1 else f"{selector}-{kind.algorithm if is_only_one else kind.label}"
        files |= new_files(kind, own, current[0].domain, NEXT)
    return files


def renames(keys: Iterable[SigningKey]) -> dict[str, str]:
    """Old file name → new file name of each key: keys in stage next begin to sign, keys that sign become old."""
    names = {}
    for key in keys:
        if key.stage == "next":
            names[key.where] = key.where.removesuffix(NEXT)
        elif key.stage == "signing":
            names[key.where] = f"{key.where}{OLD}"
    return names


def file_names(key: SigningKey) -> tuple[str, ...]:
    """The files of an old key: the private key and its records."""
    base = key.where.removesuffix(OLD).removesuffix(".private.txt")
    return (key.where, f"{base}.public.txt", f"{base}.public.dns.txt")


def is_published(key: SigningKey, answer: Iterable[str]) -> bool:
    """Whether one of the TXT records in ``answer`` publishes ``key``."""
    public = _tags(key.record)["p"]
    return any(_tags(text).get("p") == public for text in answer)


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}
