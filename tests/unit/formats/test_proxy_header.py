"""PROXY headers as HAProxy, nginx and others send them, and what is not one."""

from __future__ import annotations

import socket
import struct
from ipaddress import ip_address

import pytest

from mailwright.formats.proxy_header import LOCAL, SIGNATURE, Endpoint, Header, header

V4, V6 = b"PROXY TCP4 203.0.113.9 192.0.2.1 4000 25\r\n", b"PROXY TCP6 2001:db8::9 2001:db8::1 4000 25\r\n"
MAPPED = b"PROXY TCP6 ::ffff:203.0.113.9 ::ffff:192.0.2.1 4000 25\r\n"


def v2(family: int, client: str, server: str, *, command: int = 0x21, more: bytes = b"") -> bytes:
    kind = socket.AF_INET6 if ":" in client else socket.AF_INET
    ends = b"".join(socket.inet_pton(kind, end) for end in (client, server)) + struct.pack("!HH", 4000, 25) + more
    return SIGNATURE + struct.pack("!BBH", command, family, len(ends)) + ends


def parsed(length: int, client: str, server: str) -> Header:
    return Header(length, Endpoint(ip_address(client), 4000), Endpoint(ip_address(server), 25))


@pytest.mark.parametrize(
    ("data", "client", "server"),
    [
        (V4, "203.0.113.9", "192.0.2.1"),
        (V6, "2001:db8::9", "2001:db8::1"),
        (MAPPED, "203.0.113.9", "192.0.2.1"),
        (v2(0x11, "203.0.113.9", "192.0.2.1"), "203.0.113.9", "192.0.2.1"),
        (v2(0x21, "2001:db8::9", "2001:db8::1"), "2001:db8::9", "2001:db8::1"),
        (v2(0x21, "::ffff:203.0.113.9", "::ffff:192.0.2.1"), "203.0.113.9", "192.0.2.1"),
        (v2(0x11, "203.0.113.9", "192.0.2.1", more=b"\x03\x00\x04abcd"), "203.0.113.9", "192.0.2.1"),
    ],
)
def test_a_client(data: bytes, client: str, server: str) -> None:
    assert header(data + b"EHLO x\r\n") == parsed(len(data), client, server)
    for end in range(len(data)):
        assert header(data[:end]) is None


@pytest.mark.parametrize(
    "data",
    [
        *(LOCAL, b"PROXY UNKNOWN\r\n", b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"),
        v2(0x11, "203.0.113.9", "192.0.2.1", command=0x20),
    ],
)
def test_the_proxy_itself(data: bytes) -> None:
    assert header(data + b"EHLO x\r\n") == Header(len(data))


@pytest.mark.parametrize(
    "data",
    [
        b"EHLO x\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 4000\r\n",
        b"PROXY TCP4 203.0.113.300 192.0.2.1 4000 25\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 70000 25\r\n",
        b"PROXY UDP4 203.0.113.9 192.0.2.1 4000 25\r\n",
        b"PROXY TCP6 fe80::1%eth0 2001:db8::1 4000 25\r\n",
        b"PROXY TCP6 fe80::1%\0server_address\0 2001:db8::1 4000 25\r\n",
        b"PROXY TCP4 " + b"2" * 200,
        v2(0x31, "203.0.113.9", "192.0.2.1"),
        v2(0x12, "203.0.113.9", "192.0.2.1"),
        v2(0x21, "203.0.113.9", "192.0.2.1"),
        v2(0x11, "203.0.113.9", "192.0.2.1", command=0x11),
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)
def test_no_header(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"has .* PROXY header"):
        header(data)
