from __future__ import annotations

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailwright.formats.passwords import as_hash, password_hash


@settings(max_examples=10, deadline=None)
@given(st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=18))
def test_a_hash_is_its_passwords(password: str) -> None:
    scheme, _, hashed = password_hash(password).partition("}")
    assert (scheme, hashed[:7]) == ("{BLF-CRYPT", "$2y$06$")
    assert bcrypt.checkpw(password.encode(), hashed.encode())
    assert as_hash(f"{scheme}}}{hashed}") == f"{scheme}}}{hashed}"
    assert not set(hashed) & set("|: \n")


def test_no_two_hashes_are_the_same() -> None:
    assert password_hash("x") != password_hash("x")


@pytest.mark.parametrize(
    ("password", "said"),
    [("", "empty"), ("x" * 73, "72 bytes"), ("ü" * 37, "72 bytes"), ("a\nb", "control"), ("a\0b", "control")],
)
def test_refused(password: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        password_hash(password)


@pytest.mark.parametrize("text", ["{X}y", "{SHA512-CRYPT}$6$a$b", "{ssha512.b64}ab=="])
def test_a_hash_stays(text: str) -> None:
    assert as_hash(text) == text


@pytest.mark.parametrize("text", ["{", "{no brace", "{X}", "{X}a b", "{X}a\nroot@x|{Y}z", "{X}a:b", "{X}a|b"])
def test_nothing_passes_for_a_hash(text: str) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        as_hash(text)


def test_clear_text_is_hashed() -> None:
    assert as_hash("secret").startswith("{BLF-CRYPT}")
