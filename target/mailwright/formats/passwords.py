"""Passwords: text → hash in Dovecot's form (its page "Password schemes")."""

from __future__ import annotations

import re

import bcrypt

# 2^6 rounds: a login costs about 4 ms of one core, so hundreds of logins a second are possible; see decision 0010.
ROUNDS = 6
SCHEMED = re.compile(r"\{[A-Z0-9-]+(?:\.[A-Z0-9]+)?\}[^\s:|]+", re.ASCII | re.IGNORECASE)
LONGEST = 72  # bytes; bcrypt ignores the rest


def password_hash(password: str) -> str:
    """``{BLF-CRYPT}`` and the bcrypt hash of ``password``; ValueError with the reason."""
    encoded = password.encode()
    if not password:
        raise ValueError("the password is empty")
    if len(encoded) > LONGEST:
        raise ValueError(f"the password is longer than {LONGEST} bytes")
    if not password.isprintable():
        raise ValueError("the password has a control character")
    return "{BLF-CRYPT}" + bcrypt.hashpw(encoded, bcrypt.gensalt(ROUNDS)).decode().replace("$2b$", "$2y$", 1)


def as_hash(text: str) -> str:
    """``text`` if it is a hash in Dovecot's form, else the hash of ``text``; ValueError with the reason."""
    if not text.startswith("{"):
        return password_hash(text)
    if not SCHEMED.fullmatch(text):
        raise ValueError("begins with { but is not of the form {SCHEME}hash")
    return text
