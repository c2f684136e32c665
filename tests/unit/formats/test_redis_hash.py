from __future__ import annotations

from mailwright.formats.redis_hash import private_keys

PEM = "-----BEGIN PRIVATE KEY-----\nMIIE+/=\nabc\n-----END PRIVATE KEY-----\n"
RSA = PEM.replace("PRIVATE", "RSA PRIVATE")


def test_to_a_pipe() -> None:
    text = f"dkim.example.com\n{PEM}s1.other.example.com\n{RSA}"
    assert private_keys(text) == {"dkim.example.com": PEM, "s1.other.example.com": RSA}
    assert private_keys(text.replace("\n", "\r\n")) == private_keys(text)
    assert private_keys(text.replace("-----\ns1", "-----\n\ns1")) == private_keys(text)


def test_to_a_terminal() -> None:
    escaped = PEM.strip().replace("\n", "\\n")
    assert private_keys(f'1) "dkim.example.com"\n2) "{escaped}"\n') == {"dkim.example.com": PEM}


def test_anything_else() -> None:
    assert private_keys("NOAUTH Authentication required.\n") == {}
    assert private_keys("(empty array)\n") == {}
    assert private_keys("dkim.example.com\n-----BEGIN PRIVATE KEY-----\nabc\n") == {}


def test_many_beginnings_take_no_time() -> None:
    assert private_keys("\n" * 500_000 + '1) "' * 50_000) == {}
    assert private_keys("a.b\n-----BEGIN PRIVATE KEY-----\nAAAA\n" * 20_000) == {}
