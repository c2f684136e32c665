"""Passwords: text → hash in Dovecot's form (its page "Password schemes")."""

from __future__ import annotations

import re

import bcrypt

# 2^6 rounds: about 4 ms of one core a login, so that hundreds log in a second; see decision 0010.
ROUNDS = 6
SCHEMED = re.compile(r"\{[A-Z0-9-]+(?:\.[A-Z0-9]+)?\}[^\s:|]+", re.ASCII | re.IGNORECASE)
LONGEST = 72  # bytes; bcrypt looks at no more


def password_hash(password: str) -> str:
    """``{BLF-CRYPT}`` and the bcrypt hash of ``password``; ValueError says why it can't be one."""
    encoded = password.encode()
    if not password:
        raise ValueError("an empty password is none")
    if len(encoded) > LONGEST:
        raise ValueError(f"the password is longer than {LONGEST} bytes")
    if not password.isprintable():
        raise ValueError("the password has a control character")
    return "{BLF-CRYPT}" + bcrypt.hashpw(encoded, bcrypt.gensalt(ROUNDS)).decode().replace("$2b$", "$2y$", 1)


def as_hash(text: str) -> str:
    """``text`` if it is a hash in a scheme of Dovecot's already, else its hash; ValueError says what is wrong."""
    if not text.startswith("{"):
        return password_hash(text)
    if not SCHEMED.fullmatch(text):
        raise ValueError("begins like {SCHEME}hash and is none")
    return text
