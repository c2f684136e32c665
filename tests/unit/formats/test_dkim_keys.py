from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mailwright.formats.dkim_keys import SigningKey, in_use, record, signing_keys

RSA = rsa.generate_private_key(65537, 2048)
ED = ed25519.Ed25519PrivateKey.generate()


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_records() -> None:
    public = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert record(pem(RSA)) == f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
    raw = ED.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert record(b"comment\n" + pem(ED)) == f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("opendkim/keys/example.com/mail.private", "mail._domainkey.example.com"),
        ("rspamd/dkim/rsa-2048-mail-example.com.private.txt", "mail._domainkey.example.com"),
        ("rspamd/dkim/rsa-2048-my-sel-my-site.com.private.txt", "my-sel._domainkey.my-site.com"),
        ("rspamd/dkim/ed25519-mail-other.net.private.txt", "mail._domainkey.other.net"),
    ],
)
def test_named_by_its_path(path: str, name: str) -> None:
    (key,), problems = signing_keys({path: pem(ED)}, ["example.com", "my-site.com", "site.com"])
    assert (key.name, problems) == (name, [])


@pytest.mark.parametrize("content", [b"", b"nonsense", pem(ec.generate_private_key(ec.SECP256R1()))])
def test_a_file_without_a_key_is_a_problem(content: bytes) -> None:
    keys, (problem,) = signing_keys({"opendkim/keys/example.com/mail.private": content}, [])
    assert keys == []
    assert problem.where == "opendkim/keys/example.com/mail.private"


def test_other_files_are_left_out() -> None:
    assert signing_keys({"opendkim/KeyTable": b"x", "rspamd/dkim/rsa-2048-mail-x.com.public.txt": b"x"}, []) == ([], [])


def key(path: str, *, selector: str = "mail", algorithm: str = "rsa", stage: str = "signing") -> SigningKey:
    return SigningKey("example.com", selector, f"v=DKIM1; k={algorithm}; p=x", path, stage=stage)


RSPAMD_KEY = key("rspamd/dkim/rsa-2048-mail-example.com.private.txt")
OPENDKIM_KEY = key("opendkim/keys/example.com/mail.private")


@pytest.mark.parametrize(
    ("keys", "used"),
    [
        ([OPENDKIM_KEY], [OPENDKIM_KEY]),
        ([OPENDKIM_KEY, RSPAMD_KEY], [RSPAMD_KEY]),
        ([RSPAMD_KEY, key("rspamd/dkim/rsa-1024-mail-example.com.private.txt")], [RSPAMD_KEY]),
        ([RSPAMD_KEY, ed := key("rspamd/dkim/b", algorithm="ed25519")], [RSPAMD_KEY, ed]),
        ([RSPAMD_KEY, other := key("rspamd/dkim/c", selector="other")], [RSPAMD_KEY, other]),
        ([OPENDKIM_KEY, key("rspamd/dkim/d", stage="next")], [OPENDKIM_KEY]),
    ],
)
def test_the_keys_that_sign(keys: list[SigningKey], used: list[SigningKey]) -> None:
    assert in_use(keys) == {"example.com": tuple(used)}


def test_a_key_that_signs_no_longer_is_not_in_use() -> None:
    assert in_use([key("rspamd/dkim/a", stage="old")]) == {}
