"""App passwords: ``dovecot-app-passwords.cf``, one ``ADDRESS/NAME|{SHA256.HEX}hash[|protocols]`` a line."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import NamedTuple

from mailwright.core import values
from mailwright.core.problems import Problem, shown_name
from mailwright.core.rows_by_key import Refused, rows_by_key
from mailwright.core.textfile import TextFile
from mailwright.core.values import Address

NAME = re.compile(r"[a-zA-Z0-9_.-]{1,40}", re.ASCII)
HASH = re.compile(r"\{SHA256\.HEX\}[0-9a-f]{64}", re.ASCII)
# As an operator knows them → as Dovecot does (%{protocol}).
PROTOCOLS = {"imap": "imap", "pop3": "pop3", "managesieve": "sieve", "submission": "smtp"}
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 5 bits a character, none that looks like another
HINT = "setup email app-password add ADDRESS NAME"


class AppPassword(NamedTuple):
    """A second password of an account, for one mail program. It is random, so that a fast hash is safe."""

    address: Address
    name: str
    hashed: str  # hexadecimal SHA-256
    protocols: tuple[str, ...]  # of PROTOCOLS
    where: str

    def __repr__(self) -> str:  # never the hash
        return f"AppPassword({self.address}, {self.name})"


def made() -> str:
    """A new password of 120 random bits, in groups that can be typed."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(6)) for _ in range(4))


def hashed(password: str) -> str:
    """``password`` as the file has it. Dovecot looks it up by this hash, so no scheme with a salt would do."""
    return "{SHA256.HEX}" + hashlib.sha256(password.encode()).hexdigest()


def app_passwords(file: TextFile) -> tuple[list[AppPassword], list[Problem]]:
    """The app passwords of ``file`` in its order, and a Problem for each line that is not one; never with a hash."""
    return rows_by_key(file, _row, lambda one: f"{one.address}/{one.name}", Refused("is there"))


def _row(row: str, where: str) -> AppPassword | Problem:
    key, hash_, protocols, *more = (part.strip() for part in f"{row}||".split("|"))
    written, _, name = key.rpartition("/")
    try:
        address = values.mailbox_address(written)
    except ValueError as error:
        return Problem(where, f"{shown_name(written)} {error}", "ADDRESS/NAME|{SHA256.HEX}hash|protocols")
    if not NAME.fullmatch(name):
        return Problem(where, f"{shown_name(name)} is not a name of up to 40 letters, digits and . _ -", HINT)
    if not HASH.fullmatch(hash_):
        return Problem(where, f"the app password {name} of {address} has no {{SHA256.HEX}} hash", HINT)
    words = tuple(filter(None, protocols.replace(",", " ").split()))
    if unknown := [word for word in words if word not in PROTOCOLS] or any(more):
        wrong = shown_name(unknown[0]) if isinstance(unknown, list) else "the rest of the line"
        return Problem(where, f"{wrong} is not one of {', '.join(PROTOCOLS)}", "separate them by commas")
    return AppPassword(address, name, hash_.partition("}")[2], words or tuple(PROTOCOLS), where)
