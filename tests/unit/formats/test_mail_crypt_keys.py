from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from mailwright.core.problems import Problem
from mailwright.formats.mail_crypt_keys import MailCryptKey, PrivateKey, mail_crypt_key, new_key
from tests.unit.operator import file

# A key, and what `doveadm dump -t dcrypt-key` says of its public half: "v2 hash".
P256 = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/1LetXHZv8UWh360
AG5MdildE2GaDOVKT/unADM+GOihRANCAAQwQQJLlV6YCiV4TjCb4W51KEwegDAa
J0XW9cX+8e7gPDhpZDRs/cfNeseJS1WQz7eGiUQLDdi/ko+nBk5drSV8
-----END PRIVATE KEY-----
"""
P256_DIGEST = "ac1c5b924b77a9345734e4cf913f315a682e4e406ef775c1a929cc50e6a203d0"
P521 = """-----BEGIN PRIVATE KEY-----
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAiUonISeYnCXQnUkE
Y1n2idM1zYiEl2aI9fl+qgwV7RFcta8MlWENV35G/hvksLPMkhRFGhNRk78CVcet
y9uf2a2hgYkDgYYABACcsuT8TIl86qAswnnOVFR33QdCITB4CA6tubKmIPs9x1rU
8fgcOt7LBV64rEf2cg169TlAZGeiPgVhB0I7XJtoDAEwcCf3sEwCADKJ3NhIjPaT
aWaPQqmzpoDdn0JsrQTPRajxjGQnT4j0F71vGxNo9OeoE04q2hvy5qoV1oApVUs1
/g==
-----END PRIVATE KEY-----
"""
P521_DIGEST = "cc4a7bb430f175d12f62ef0703344ada66cc2cba47b62cd6d6768dd79f16638f"


def pem(key: PrivateKey | ed25519.Ed25519PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


@pytest.mark.parametrize(("text", "digest"), [(P256, P256_DIGEST), (P521, P521_DIGEST)])
def test_the_digest_is_dovecots(text: str, digest: str) -> None:
    key = mail_crypt_key("2026", file(text))
    assert isinstance(key, MailCryptKey)
    assert key.digest == digest
    assert key.private == text
    assert text.splitlines()[1] not in repr(key)


def test_openssls_older_form_is_read_too() -> None:
    private = ec.generate_private_key(ec.SECP384R1())
    key = mail_crypt_key("old", file(pem(private, PrivateFormat.TraditionalOpenSSL)))
    assert isinstance(key, MailCryptKey)
    assert key.private == pem(private)


def test_new_keys_differ_and_are_read() -> None:
    keys = [mail_crypt_key("new", file(new_key())) for _ in range(2)]
    assert len({key.digest for key in keys if isinstance(key, MailCryptKey)}) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not a private key in PEM"),
        ("-----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY-----\n", "is not a private key in PEM"),
        (pem(ed25519.Ed25519PrivateKey.generate()), "is neither a key on P-256"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "is neither a key on P-256"),
        (pem(rsa.generate_private_key(65537, 1024)), "is neither a key on P-256"),
        (rsa.generate_private_key(65537, 2048).public_key()
         .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(), "is a public key"),
        (ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"word")).decode(), "the key has a password"),
    ],
)  # fmt: skip
def test_what_dovecot_could_not_use_is_refused(text: str, said: str) -> None:
    problem = mail_crypt_key("bad", file(text, "mail-crypt/bad.pem"))
    assert isinstance(problem, Problem)
    assert problem.where == "mail-crypt/bad.pem"
    assert said in problem.what
