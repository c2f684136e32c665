from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.problems import Problem
from mailwright.formats.certificates import Certificate, certificate, covers, split_pem, warnings
from tests.pki import pair
from tests.unit.operator import NOW, told

HOST = "mail.example.com"


@cache
def kept(kind: str = "ec") -> tuple[str, str]:
    return pair(HOST, kind=kind)


def load(chain: str, key: str) -> Certificate | Problem:
    return certificate(chain, key, "cert.pem", "key.pem")


def with_passphrase(key: str) -> str:
    private = load_pem_private_key(key.encode(), None)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_good(kind: str) -> None:
    chain, key = kept(kind)
    found = load(f"Comment\n{chain}\n{chain.rstrip()}", key.rstrip())
    assert isinstance(found, Certificate)
    assert (found.names, found.key, found.chain) == ((HOST,), key, chain * 2)
    assert len(found.fingerprint.split(":")) == 32
    assert warnings(found, HOST, NOW) == []
    assert "PRIVATE" not in repr(found)


@pytest.mark.parametrize(
    ("chain", "key", "said"),
    [
        ("", kept()[1], "cert.pem: is empty"),
        ("nonsense", kept()[1], "cert.pem: holds no certificate in PEM form"),
        (kept()[1], kept()[1], "cert.pem: holds no certificate in PEM form"),
        (kept()[0].replace("MII", "MIJ", 1), kept()[1], "cert.pem: holds no certificate in PEM form"),
        (kept()[0], "", "key.pem: is empty"),
        (kept()[0], "nonsense", "key.pem: holds no private key in PEM form"),
        (kept()[0], kept()[0], "key.pem: holds no private key in PEM form"),
        (kept()[0], kept("rsa")[1], "key.pem: the key does not fit the certificate in cert.pem"),
        (kept()[0], pair(HOST)[1], "key.pem: the key does not fit the certificate in cert.pem"),
        (
            kept()[0],
            with_passphrase(kept()[1]),
            "key.pem: has a key with a passphrase; the daemons need one without",
        ),
    ],
)
def test_refused(chain: str, key: str, said: str) -> None:
    found = load(chain, key)
    assert isinstance(found, Problem)
    assert told([found]) == [said]


@pytest.mark.parametrize(
    ("names", "starts", "days", "said"),
    [
        ((HOST,), -30, 14, []),
        ((HOST,), -30, -2, ["expired on"]),
        ((HOST,), -30, 13, [", in 13 days"]),
        ((HOST,), -30, 1, [", in 1 day"]),
        ((HOST,), 2, 90, ["is not valid before"]),
        (("*.example.com", "example.com"), -1, 90, []),
        (("*.com",), -1, 90, ["is issued for *.com, not for mail.example.com"]),
        (("example.com",), -30, -2, ["expired on", "is issued for example.com, not for mail.example.com"]),
    ],
)
def test_warnings(names: tuple[str, ...], starts: int, days: int, said: list[str]) -> None:
    found = load(*pair(*names, starts=starts, days=days))
    assert isinstance(found, Certificate)
    problems = warnings(found, HOST, NOW - timedelta(hours=1))
    assert len(problems) == len(said)
    assert all(
        f"{text} " in f"{problem.what} " and problem.warning for text, problem in zip(said, problems, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "host", "answer"),
    [
        (HOST, HOST, True),
        ("*.example.com", HOST, True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.mail.example.com", False),
        ("example.com", HOST, False),
    ],
)
def test_covers(name: str, host: str, answer: bool) -> None:
    assert covers(("other.example", name), host) is answer


def test_split_pem() -> None:
    chain, key = kept()
    assert split_pem(key + chain + chain) == (chain * 2, key)
    assert split_pem("nonsense") == ("", "")


@given(st.integers(30, 500), st.characters(codec="ascii"), st.sampled_from([0, 1]))
def test_a_damaged_pair_never_raises(place: int, char: str, which: int) -> None:
    texts = list(kept())
    texts[which] = texts[which][:place] + char + texts[which][place + 1 :]
    found = load(*texts)
    if isinstance(found, Certificate):
        warnings(found, HOST, NOW)
