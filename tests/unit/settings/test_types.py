from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from mailwright.settings import types


class Sample(BaseModel):
    """One field of each type whose values no other test covers."""

    domains: types.Domains = ""
    secrets: types.SrsSecrets = ""
    next_hop: types.RelayNextHop = ""
    relay_host: types.RelayHost = ""
    port: types.Port = 25
    count: types.Count = 0
    prefix: types.Prefix = ""
    score: types.Score = 0.0
    host_port: types.HostPort = ""
    seconds: types.Seconds = 1.0


def value(field: str, text: str) -> object:
    return getattr(Sample.model_validate({field: text}), field)


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("domains", " Example.com, .Example.org ,", "example.com,.example.org"),
        ("domains", "", ""),
        ("secrets", "new , old", "new,old"),
        ("next_hop", "[Relay.example]", "[relay.example]:25"),
        ("relay_host", "Relay.Example", "relay.example"),
        ("relay_host", "[2001:DB8::1]", "2001:db8::1"),
        ("relay_host", "2001:db8::1", "2001:db8::1"),
        ("port", "65535", 65535),
        ("count", " 0 ", 0),
        ("prefix", " [SPAM] $x ", " [SPAM] $x "),
        ("score", "6.5", 6.5),
        ("host_port", "Redis.example:6379", "Redis.example:6379"),
        ("host_port", "[2001:db8::1]:6379", "[2001:db8::1]:6379"),
        ("seconds", "0.1", 0.1),
    ],
)
def test_a_valid_text(field: str, text: str, expected: object) -> None:
    assert value(field, text) == expected


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("domains", "example.com,a b", "is not a domain name"),
        ("secrets", "new,,old", "contains a secret that is empty"),
        ("secrets", "a b", "contains a secret that is empty, or that has blanks"),
        ("secrets", "é", "non-ASCII characters"),
        ("next_hop", "a:b:c", r"is not of the form \[host\]:port"),
        ("relay_host", "relay.example:587", "has a port; set the port in RELAY_PORT"),
        ("relay_host", "[relay.example]:587", "has a port; set the port in RELAY_PORT"),
        ("relay_host", "a_b", "is neither a host name nor an IP address"),
        ("port", "0", "is not a port between 1 and 65535"),
        ("port", "65536", "is not a port between 1 and 65535"),
        ("port", "²", "is not a port between 1 and 65535"),
        ("count", "-1", r"is not a whole number \(0 or more\)"),
        ("count", "1234567890", r"is not a whole number \(0 or more\)"),
        ("prefix", "${x}", r"contains \$\{, which starts a variable in Sieve"),
        ("score", "nan", "is not a score"),
        ("score", "-1", "is not a score"),
        ("score", "x", "is not a score"),
        ("host_port", "redis", "is not host:port"),
        ("host_port", "redis:0", "is not a port between 1 and 65535"),
        ("host_port", "2001:db8::1:6379", "is not host:port"),
        ("seconds", "0", "is not a number of seconds"),
        ("seconds", "soon", "is not a number of seconds"),
    ],
)
def test_an_invalid_text(field: str, text: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        value(field, text)
