"""The public keys of an identity provider."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from mailwright.formats.key_set import keys
from tests.unit.operator import file, told


def number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


RSA_KEY = rsa.generate_private_key(65537, 2048).public_key()
EC_KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
RSA_ENTRY = {"kty": "RSA", "n": number(RSA_KEY.public_numbers().n), "e": "AQAB"}
EC_ENTRY = {
    "kty": "EC",
    "crv": "P-256",
    "x": number(EC_KEY.public_numbers().x),
    "y": number(EC_KEY.public_numbers().y),
}


def read(*entries: Any) -> tuple[list[tuple[str, tuple[str, ...]]], list[str]]:
    found, problems = keys(file(json.dumps({"keys": entries}), "oauth2-keys.json"))
    return [(key.name, key.algorithms) for key in found], told(problems)


def test_a_key_becomes_pem() -> None:
    found, problems = keys(file(json.dumps({"keys": [{**RSA_ENTRY, "kid": "a", "alg": "RS256"}]})))
    assert problems == []
    assert load_pem_public_key(found[0].pem.encode()) == RSA_KEY


@pytest.mark.parametrize(
    ("entry", "name", "algorithms"),
    [
        ({**RSA_ENTRY, "kid": "a", "alg": "RS256", "use": "sig"}, "a", ("RS256",)),
        ({**RSA_ENTRY, "kid": "a"}, "a", ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        ({**EC_ENTRY, "kid": "b/c"}, "b/c", ("ES256",)),
        (EC_ENTRY, "default", ("ES256",)),
    ],
)
def test_a_key_checks_the_algorithms_of_its_kind(entry: dict[str, str], name: str, algorithms: tuple[str, ...]) -> None:
    assert read(entry) == ([(name, algorithms)], [])


def test_a_key_that_encrypts_is_left_out() -> None:
    assert read({**RSA_ENTRY, "use": "enc"}, EC_ENTRY) == ([("default", ("ES256",))], [])


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"kty": "oct", "k": "c2VjcmV0", "kid": "s"}, "the key 's' is a secret; only public keys belong here"),
        ({**RSA_ENTRY, "d": "AQAB", "kid": "s"}, "the key 's' is a secret; only public keys belong here"),
        ({**EC_ENTRY, "x": "AQAB"}, "the key 'default' is not readable"),
        ({"kty": "RSA", "n": 7, "e": "AQAB"}, "the key 'default' is not readable"),
        ({"kty": "EC"}, "the key 'default' is not readable"),
        ({**EC_ENTRY, "crv": ["P-256"]}, "the key 'default' is not readable"),
    ],
)
def test_a_set_with_a_wrong_key_is_refused(entry: dict[str, Any], problem: str) -> None:
    _, problems = read(entry, {**RSA_ENTRY, "kid": "good"})
    assert len(problems) == 1
    assert problems[0].startswith(f"oauth2-keys.json: {problem}")
    assert "c2VjcmV0" not in problems[0]


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
        {"kty": "EC", "crv": "secp256k1", "x": "AQAB", "y": "AQAB"},
        {**EC_ENTRY, "alg": "ES384"},
        {**RSA_ENTRY, "alg": "HS256"},
        {**RSA_ENTRY, "n": number(rsa.generate_private_key(65537, 1024).public_key().public_numbers().n)},
        {**EC_ENTRY, "kid": ".."},
        {**EC_ENTRY, "kid": "a b"},
        {**EC_ENTRY, "kid": 7},
    ],
)
def test_a_key_that_dovecot_cannot_use_is_ignored_by_name(entry: dict[str, Any]) -> None:
    found, problems = read(entry, {**RSA_ENTRY, "kid": "good", "alg": "RS256"})
    assert found == [("good", ("RS256",))]
    assert [problem.startswith("warning: oauth2-keys.json: the key ") for problem in problems] == [True]
    assert read(entry)[1][-1] == "oauth2-keys.json: has no key that checks signatures (RSA or elliptic curve)"


def test_two_keys_of_one_name_are_refused() -> None:
    assert read(EC_ENTRY, EC_ENTRY)[1] == ["oauth2-keys.json: two keys have the kid 'default'"]
    assert read(EC_ENTRY, RSA_ENTRY)[1] == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"keys": {}}', '{"keys": [1]}', "-----BEGIN PUBLIC KEY-----", "[" * 9999]
)
def test_what_is_not_a_key_set_is_refused(text: str) -> None:
    found, problems = keys(file(text, "oauth2-keys.json"))
    assert found == []
    assert told(problems)[0].startswith("oauth2-keys.json: is not a key set")


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.text()))


@given(st.dictionaries(st.sampled_from(["kty", "kid", "n", "e", "x", "y", "crv", "alg", "use", "d"]), VALUES))
def test_no_entry_breaks_the_reading(entry: dict[str, Any]) -> None:
    for kind in ("RSA", "EC", None):
        read({**entry, **({"kty": kind} if kind else {})}, EC_ENTRY)
