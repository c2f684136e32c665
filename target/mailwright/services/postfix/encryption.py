"""Mail for users with a public key: Postfix hands it to a program that encrypts it (pipe(8), transport(5))."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.tree import File
from mailwright.formats.public_keys import PGP
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check
from mailwright.services.postfix import tables

FOLDER = "postfix/encryption"
SERVICE = "encrypt"  # of master.cf
# sqop says why on stderr, indented.
TRY = 'sqop encrypt "$1" 2>&1 >/dev/null </dev/null | sed "s/^ */its user\'s mail could not be encrypted: /" >&2'


@dataclass(frozen=True, slots=True)
class Encryption:
    """Which mail goes to the program, and where the program finds the keys."""

    maps: str
    folder: str


def encryption(mailserver: Mailserver, etc: str) -> Encryption | None:
    """None if nobody has a key."""
    return Encryption(tables.lmdb("encrypted", etc), f"{etc}/{FOLDER}") if mailserver.encryption else None


def files(mailserver: Mailserver) -> Iterator[File]:
    """The keys, and the table (transport(5)) that leads mail to the program."""
    keys = {address: key.name.rpartition("/")[2] for address, key in mailserver.encryption.items()}
    if not keys:
        return
    rows = ((address, f"{SERVICE}:{name}") for address, name in keys.items())
    # A new key must count at once: trivial-rewrite(8) looks for a new table now and then only.
    yield File("postfix/encrypted", tables.table(rows), "postfix", compile="postmap")
    for address, key in mailserver.encryption.items():
        yield File(f"{FOLDER}/{keys[address]}", key.text, "postfix")


def tries(mailserver: Mailserver) -> Iterator[Check]:
    """Each OpenPGP key encrypts something: one that has expired, or is for signatures only, does not."""
    for key in mailserver.encryption.values():
        if key.name.endswith(PGP):
            path = f"{{etc}}/{FOLDER}/{key.name.rpartition('/')[2]}"
            yield Check(("sh", "-c", TRY, "sh", path), where=key.name, program="sqop")
