"""The header of the PROXY protocol, versions 1 and 2: bytes → who the client is.

https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

NOT_VALID = "has a PROXY header that is not valid"
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"  # of version 2
LOCAL = SIGNATURE + b"\x20\x00\x00\x00"  # "I am the client myself", as in health checks
LONGEST_LINE, LONGEST = 107, 4096  # of version 1; of version 2 with all its extensions
LINE = re.compile(rb"PROXY (?:UNKNOWN[^\r]*|TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5}))\r\n")
# Addresses and ports by the byte for family and transport: TCP over IPv4, TCP over IPv6.
ADDRESSES = {0x11: struct.Struct("!4s4sHH"), 0x21: struct.Struct("!16s16sHH")}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port."""

    address: IPv4Address | IPv6Address
    port: int


@dataclass(frozen=True, slots=True)
class Header:
    """A header and its length. Without a client, the proxy itself is the client."""

    length: int
    client: Endpoint | None = None
    server: Endpoint | None = None


def header(data: bytes) -> Header | None:
    """The header that ``data`` begins with; None if more must come, ValueError if it is not one."""
    if data[: len(SIGNATURE)] == SIGNATURE[: len(data)]:
        return _binary(data)
    if data[:6] != b"PROXY "[: len(data)]:
        raise ValueError("has no PROXY header")
    end = data.find(b"\r\n")
    if end < 0 and len(data) < LONGEST_LINE:
        return None
    match = LINE.fullmatch(data[: end + 2])
    if not match:
        raise ValueError(NOT_VALID)
    if not match[1]:
        return Header(match.end())
    client, server = (_endpoint(match[at].decode(), int(match[at + 2])) for at in (2, 3))
    return Header(match.end(), client, server)


def _binary(data: bytes) -> Header | None:
    """The header of version 2 in ``data``."""
    start = len(SIGNATURE) + 4
    if len(data) < start:
        return None
    command, family, length = struct.unpack("!BBH", data[start - 4 : start])
    if command not in (0x20, 0x21) or start + length > LONGEST:
        raise ValueError(NOT_VALID)
    if len(data) < start + length:
        return None
    form = ADDRESSES.get(family)
    if command == 0x20:
        return Header(start + length)
    if not form or length < form.size:
        raise ValueError("has a PROXY header without a TCP client")
    client, server, client_port, server_port = form.unpack_from(data, start)
    return Header(start + length, Endpoint(_plain(client), client_port), Endpoint(_plain(server), server_port))


def _endpoint(address: str, port: int) -> Endpoint:
    if port >= 1 << 16:
        raise ValueError(NOT_VALID)
    return Endpoint(_plain(address), port)


def _plain(address: str | bytes) -> IPv4Address | IPv6Address:
    """The address; an IPv4 address written as IPv6, as proxies do that listen on both, as IPv4."""
    try:
        parsed = ip_address(address)
    except ValueError:
        raise ValueError(NOT_VALID) from None
    if isinstance(parsed, IPv4Address):
        return parsed
    if parsed.scope_id:  # %eth0: Postfix knows none, and its smtpd would end
        raise ValueError(NOT_VALID)
    return parsed.ipv4_mapped or parsed
