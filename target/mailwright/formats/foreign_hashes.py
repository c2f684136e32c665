"""Password hashes as other servers store them → as Dovecot checks them."""

from __future__ import annotations

import re

# What follows {SCHEME}, of the schemes that are carried over; a test logs in with each. The cost is bounded, since
# anybody who tries a password makes this server pay it.
CRYPT = r"[./0-9A-Za-z]"
BASE64 = r"[A-Za-z0-9+/]+={0,2}"
ARGON2 = r"\$(?:v=\d+\$)?m=\d{1,6}(?:,t=\d{1,2})?(?:,p=\d{1,3})?\$\S+"
FORMS = {
    "BLF-CRYPT": rf"\$2[aby]\$(?:0[4-9]|1[0-6])\${CRYPT}{{53}}",
    "SHA512-CRYPT": rf"\$6\$(?:rounds=\d{{1,6}}\$)?{CRYPT}{{0,16}}\${CRYPT}{{86}}",
    "SHA256-CRYPT": rf"\$5\$(?:rounds=\d{{1,6}}\$)?{CRYPT}{{0,16}}\${CRYPT}{{43}}",
    "ARGON2ID": rf"\$argon2id{ARGON2}",
    "ARGON2I": rf"\$argon2i{ARGON2}",
    "CRYPT": rf"\$y\$j[./0-9A-F][./0-9A-Z]\${CRYPT}+\${CRYPT}+",  # yescrypt, which Debian uses
    "SSHA512": BASE64,
    "SSHA256": BASE64,
    "SSHA": BASE64,
    "SHA512": rf"{BASE64}|[0-9a-f]{{128}}",
    "SHA256": rf"{BASE64}|[0-9a-f]{{64}}",
    "SHA": rf"{BASE64}|[0-9a-f]{{40}}",
    "PBKDF2": r"\$1\$[^\s$]+\$\d{1,7}\$[0-9a-f]{40}",
}
# Logins with these are refused by Dovecot 2.4 (auth_allow_weak_schemes).
WEAK = {"MD5-CRYPT", "DES-CRYPT", "PLAIN-MD5", "LDAP-MD5", "SMD5", "MD5", "CRAM-MD5", "DIGEST-MD5"}
SCHEMED = re.compile(r"\{([A-Za-z0-9-]+)\}(.*)", re.ASCII | re.DOTALL)
BY_PREFIX = {
    "$2": "BLF-CRYPT",
    "$6$": "SHA512-CRYPT",
    "$5$": "SHA256-CRYPT",
    "$1$": "MD5-CRYPT",
    "$y$": "CRYPT",
    "$argon2id$": "ARGON2ID",
    "$argon2i$": "ARGON2I",
}
# passlib's own forms, which Dovecot does not know.
FOREIGN = re.compile(r"\$(bcrypt-sha256|pbkdf2(?:-sha\d+)?|scrypt)\$")


def as_dovecot(stored: str) -> str:
    """``stored`` in Dovecot's form, {SCHEME}hash; ValueError with the reason, which never holds part of the hash."""
    match = SCHEMED.fullmatch(stored)
    scheme, text = (match[1].upper(), match[2]) if match else ("", stored)
    if foreign := FOREIGN.match(text):
        raise ValueError(f"its password has a hash of the kind {foreign[1]}, which Dovecot cannot check")
    # What the hash begins with decides: crypt(3) is CRYPT for any kind, and Mailu wrote wrong names.
    if scheme != "PBKDF2" and text.startswith("$"):
        scheme = next((name for prefix, name in BY_PREFIX.items() if text.startswith(prefix)), scheme)
    elif re.fullmatch(rf"{CRYPT}{{13}}", text) and scheme in ("", "CRYPT"):
        scheme = "DES-CRYPT"
    if scheme in WEAK:
        raise ValueError(f"its password has the weak scheme {scheme}, which Dovecot refuses")
    if scheme not in FORMS:
        raise ValueError("its password has no hash of a scheme that is carried over")
    if not re.fullmatch(FORMS[scheme], text, re.ASCII) or ":" in text or "|" in text:
        raise ValueError(f"its password hash is not a valid {scheme}, or takes too long to check")
    return f"{{{scheme}}}{text}"


def scheme(password_hash: str) -> str:
    """The scheme of a hash in Dovecot's form."""
    return password_hash[1:].partition("}")[0]
