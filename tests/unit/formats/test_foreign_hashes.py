from __future__ import annotations

import pytest

from mailwright.formats.foreign_hashes import as_dovecot, scheme

BCRYPT = "$2y$10$" + "a" * 53
SHA512 = "$6$salt$" + "b" * 86


@pytest.mark.parametrize(
    ("stored", "carried"),
    [
        ("{BLF-CRYPT}" + BCRYPT, "{BLF-CRYPT}" + BCRYPT),
        (BCRYPT.replace("2y", "2b"), "{BLF-CRYPT}" + BCRYPT.replace("2y", "2b")),
        ("{CRYPT}" + BCRYPT, "{BLF-CRYPT}" + BCRYPT),
        ("{MD5-CRYPT}" + SHA512, "{SHA512-CRYPT}" + SHA512),  # Mailu's wrong names
        ("{sha512-crypt}$6$rounds=5000$salt$" + "b" * 86, "{SHA512-CRYPT}$6$rounds=5000$salt$" + "b" * 86),
        ("$5$salt$" + "c" * 43, "{SHA256-CRYPT}$5$salt$" + "c" * 43),
        ("$argon2id$v=19$m=1$x", "{ARGON2ID}$argon2id$v=19$m=1$x"),
        ("$y$j9T$salt$hash", "{CRYPT}$y$j9T$salt$hash"),
        ("{SSHA256}YWJj", "{SSHA256}YWJj"),
    ],
)
def test_carried_over(stored: str, carried: str) -> None:
    assert as_dovecot(stored) == carried


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ("$bcrypt-sha256$v=2,t=2b,r=12$secret", "bcrypt-sha256, which Dovecot cannot check"),
        ("{PBKDF2}$pbkdf2-sha512$25000$secret", "pbkdf2-sha512, which Dovecot cannot check"),
        ("{CRYPT}$1$salt$secret", "weak scheme MD5-CRYPT"),
        ("{CRYPT}abcdefghijklm", "weak scheme DES-CRYPT"),
        ("{PLAIN-MD5}secret", "weak scheme PLAIN-MD5"),
        ("{PLAIN}secret", "no hash of a scheme that is carried over"),
        ("{KEYCLOAK}secret", "no hash of a scheme that is carried over"),
        ("secret", "no hash of a scheme that is carried over"),
        ("", "no hash of a scheme that is carried over"),
        (BCRYPT[:-1], "not a valid BLF-CRYPT"),
        (BCRYPT.replace("10", "31"), "takes too long to check"),
        (SHA512.replace("$6$", "$6$rounds=999999999$"), "takes too long to check"),
        ("$argon2id$v=19$m=40000000,t=3,p=1$YWJj$YWJj", "takes too long to check"),
        ("$argon2i$v=19$m=65536,t=1000000,p=1$YWJj$YWJj", "takes too long to check"),
        ("$y$jHT$salt$hash", "takes too long to check"),
        ("{PBKDF2}$1$salt$99999999$" + "a" * 40, "takes too long to check"),
        (BCRYPT + "|x", "not a valid BLF-CRYPT"),
        ("$argon2id$v=19|secret", "not a valid ARGON2ID"),
        ("{SSHA256}YWJj\nx@y.test|{PLAIN}secret", "not a valid SSHA256"),
    ],
)
def test_not_carried_over(stored: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        as_dovecot(stored)
    assert "secret" not in str(caught.value)


def test_the_scheme() -> None:
    assert scheme("{BLF-CRYPT}$2y") == "BLF-CRYPT"
