"""Passwords: text → hash in Dovecot's form (its page "Password schemes")."""

from __future__ import annotations

import bcrypt

# 2^6 rounds: about 4 ms of one core a login, so that hundreds log in a second; see decision 0010.
ROUNDS = 6
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


def is_hash(text: str) -> bool:
    """Whether ``text`` is a hash already, in a scheme of Dovecot's."""
    return text.startswith("{") and "}" in text[:24]
