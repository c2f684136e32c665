from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core import values


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("10240000", 10240000), ("25M", 25 << 20), ("1g", 1 << 30), ("2 K", 2048), ("3MB", 3 << 20), ("7B", 7)],
)
def test_byte_size(text: str, size: int) -> None:
    assert values.byte_size(text) == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1.5M", "10X", "0x10", "١٢", "9" * 5000, "99999999T"])
def test_no_byte_size(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size in bytes"):
        values.byte_size(text)


@pytest.mark.parametrize(
    ("text", "hop", "named"),
    [
        ("[Smtp.Example.com]:587", "[smtp.example.com]:587", True),
        ("[relay]", "[relay]:25", True),
        ("smtp.example.com:2525", "smtp.example.com:2525", True),
        (" example.com ", "example.com:25", True),
        ("192.0.2.1:587", "[192.0.2.1]:587", False),  # no MX record is asked for an address
        ("[2001:DB8::1]:465", "[2001:db8::1]:465", False),
    ],
)
def test_next_hop(text: str, hop: str, named: bool) -> None:
    found = values.next_hop(text)
    assert (str(found), found.named, values.next_hop(str(found))) == (hop, named, found)


WRONG_HOPS = [
    "",
    "[]:25",
    "[a]:0",
    "[a]:65536",
    "[a]:x",
    "a:b:25",
    "smtp://a",
    "u:p@a",
    "[a],[b]",
    "a b",
    "[a_b]",
    "a" * 81,
]


@pytest.mark.parametrize("text", WRONG_HOPS)
def test_no_next_hop(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not of the form|has a"):
        values.next_hop(text)


@pytest.mark.parametrize(
    ("text", "domain"),
    [("Example.COM", "example.com"), ("localhost", "localhost"), ("xn--bcher-kva.example.", "xn--bcher-kva.example")],
)
def test_domain(text: str, domain: str) -> None:
    assert values.domain(text) == domain


@pytest.mark.parametrize(
    "text", ["", ".", "-a.example", "a-.example", "a..b", "bücher.example", "a b", "x" * 64, "a_b"]
)
def test_no_domain(text: str) -> None:
    with pytest.raises(ValueError, match=r"domain"):
        values.domain(text)


@pytest.mark.parametrize("local", ["bob", "b.o-b_", "o=b", "r&d", "~x", "a" * 64])
def test_mailbox_address(local: str) -> None:
    assert str(values.mailbox_address(f"{local.upper()}@Example.com")) == f"{local}@example.com"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("bob", "not an address"),
        ("@example.com", "not an address"),
        ("a@b@example.com", "not an address"),
        ("bob@", "not a domain"),
        ("bob+news@example.com", "sub-address"),
        ("o'neil@example.com", "letters, digits"),
        (".bob@example.com", "letters, digits"),
        ("b..b@example.com", "letters, digits"),
        ("a" * 65 + "@example.com", "letters, digits"),
        ("%u@example.com", "letters, digits"),
        ("a/b@example.com", "letters, digits"),
        ("bøb@example.com", "letters, digits"),
    ],
)
def test_no_mailbox_address(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        values.mailbox_address(text)


def test_a_recipient_may_live_elsewhere_and_keeps_its_case() -> None:
    assert str(values.recipient_address("O'Neil+News@Example.org")) == "O'Neil+News@example.org"
    with pytest.raises(ValueError, match="no blanks, quotes or brackets"):
        values.recipient_address("a b@example.org")


@given(st.text())
def test_no_text_makes_a_value_that_breaks_a_line(text: str) -> None:
    for parse in (values.domain, values.mailbox_address, values.recipient_address):
        try:
            parsed = str(parse(text))
        except ValueError:
            continue
        assert parsed.isascii()
        assert parsed.isprintable()
        assert " " not in parsed
