"""New DKIM keys, and the way from one to the next: published first, then signing, then published a while longer.

A key's stage is the end of its file's name, so that the folder alone says how far a rotation is.
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
OVERLAP_DAYS = 7  # mail waits in queues for five


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key is: ``rsa`` of so many bits, or ``ed25519``."""

    algorithm: str
    bits: int = 0

    @property
    def word(self) -> str:
        """``rsa-2048`` or ``ed25519``, as file names have it."""
        return f"rsa-{self.bits}" if self.algorithm == "rsa" else self.algorithm

    def make(self) -> PrivateKey:
        """A new private key."""
        if self.algorithm == "rsa":
            return rsa.generate_private_key(public_exponent=65537, key_size=self.bits)
        return ed25519.Ed25519PrivateKey.generate()


def kind_of(key: SigningKey) -> Kind:
    """What ``key`` is."""
    held = dkim_keys.private_key(key.private.encode())
    return Kind("rsa", held.key_size) if isinstance(held, rsa.RSAPrivateKey) else Kind("ed25519")


def stem(kind: Kind, selector: str, domain: str) -> str:
    """The beginning of the key's file names below the config folder, as docker-mailserver names them."""
    return f"{FOLDER}/{kind.word}-{selector}-{domain}"


def new_files(kind: Kind, selector: str, domain: str, stage: str = "") -> dict[str, str]:
    """Path below the config folder → text of a new key: the key itself, its record for a zone file and for a form."""
    key = kind.make()
    text = dkim_keys.record_of(key)
    line = Record(f"{selector}._domainkey.{domain}", "TXT", text, "").line()
    base = stem(kind, selector, domain)
    return {
        f"{base}.private.txt{stage}": dkim_keys.written(key),
        f"{base}.public.txt": f"{line}\n",
        f"{base}.public.dns.txt": f"{text}\n",
    }


def fresh_selector(taken: Collection[str], today: date) -> str:
    """A selector that nobody has used: the date, with a letter where one day has several."""
    base = f"s{today:%Y%m%d}"
    names = (base, *(f"{base}{letter}" for letter in ascii_lowercase))
    return next(name for name in names if name not in taken)


def successors(keys: Iterable[SigningKey], today: date) -> dict[str, str]:
    """The files of a successor for each key that signs for one domain."""
    held = list(keys)
    selector = fresh_selector({key.selector for key in held}, today)
    kinds = dict.fromkeys(kind_of(key) for key in held if key.stage == "signing")
    files: dict[str, str] = {}
    for kind in kinds:
        # Two keys of one selector would be two records of one name, of which a verifier takes any.
        own = selector if len(kinds) == 1 else f"{selector}-{kind.algorithm}"
        files |= new_files(kind, own, held[0].domain, NEXT)
    return files


def switched(keys: Iterable[SigningKey]) -> dict[str, str]:
    """Old name → new name of each key's file, when those that wait begin to sign, and those that sign end."""
    names = {}
    for key in keys:
        if key.stage == "next":
            names[key.where] = key.where.removesuffix(NEXT)
        elif key.stage == "signing":
            names[key.where] = f"{key.where}{OLD}"
    return names


def file_names(key: SigningKey) -> tuple[str, ...]:
    """The files of an old key: itself, and its records."""
    base = key.where.removesuffix(OLD).removesuffix(".private.txt")
    return (key.where, f"{base}.public.txt", f"{base}.public.dns.txt")


def is_published(key: SigningKey, answer: Iterable[str]) -> bool:
    """Whether one of the TXT records in ``answer`` is that of ``key``."""
    wanted = _tags(key.record)
    return any(_tags(text).get("p") == wanted["p"] for text in answer)


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}
