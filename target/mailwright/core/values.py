"""Values of the mail field, parsed once: addresses, domains, next hops, sizes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})*", re.ASCII)
# RFC 5322 atext without the characters that have a meaning in the files or variables of a daemon. Dovecot's
# passwd-file does not find a name with an apostrophe.
MAILBOX_LOCAL = re.compile(r"[a-z0-9_=~&-]+(?:\.[a-z0-9_=~&-]+)*", re.ASCII)
# Recipients can be on other servers: all of RFC 5322 atext and dots.
RECIPIENT_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
NEXT_HOP = re.compile(r"(?:\[(?P<exact>[^\[\]\s]+)\]|(?P<mx>[^\[\]:\s]+))(?::(?P<port>\d{1,5}))?", re.ASCII)
SIZE = re.compile(r"(\d+)\s*([bkmgt]?)b?", re.ASCII | re.IGNORECASE)
LEAST_BITS = {4: 8, 6: 16}  # of a network, by IP version; a wider one holds strangers
UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True, slots=True)
class Value:
    """The text of a variable, and where it is set: ``environment``, ``mailserver.env:12``, a secret's file."""

    text: str
    origin: str
    from_file: bool = False  # the content of a NAME__FILE, which no message shows


class Address(str):
    """A mail address (RFC 5321, section 4.1.2) as text, its domain in lower case."""

    __slots__ = ()

    @property
    def local(self) -> str:
        """The part before the @."""
        return self.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.rpartition("@")[2]


@dataclass(frozen=True, slots=True, order=True)
class NextHop:
    """Where an MTA sends mail (transport(5)): the host itself, or with ``mx`` the hosts that its MX records name."""

    host: str
    port: int = 25
    mx: bool = False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}" if self.mx else f"[{self.host}]:{self.port}"

    @property
    def named(self) -> bool:
        """Whether the host is a name, which a certificate can prove, and not an IP address."""
        return not _is_ip(self.host)


@lru_cache(maxsize=1 << 14)  # a hundred thousand addresses have far fewer domains
def domain(text: str) -> str:
    """``text`` as a domain name in lower case (RFC 1035, section 2.3.1); ValueError with the reason."""
    name = text.strip().lower().removesuffix(".")
    if not name.isascii():
        raise ValueError("has characters that are not ASCII; write an international domain in its xn-- form")
    if len(name) > 253 or not DOMAIN.fullmatch(name):
        raise ValueError("is not a domain name")
    return name


def host_name(text: str) -> str:
    """``text`` as a full host name in lower case; ValueError with the reason. Underscores pass: mail goes with them."""
    name = text.strip().lower().removesuffix(".")
    if _is_ip(name.strip("[]")):
        raise ValueError("is an IP address, not a host name")
    domain(name.replace("_", "x"))
    if "." not in name:
        raise ValueError("is not fully qualified")
    if name.rpartition(".")[2].isdigit():
        raise ValueError("is not a host name: it ends with a number")
    return name


def mailbox_address(text: str) -> Address:
    """``text`` as the address of a mailbox here, in lower case; ValueError with the reason.

    Stricter than RFC 5322: the local part becomes a folder's name, a login and a field in several files.
    """
    local, name = _split(text.lower())
    if "+" in local:
        raise ValueError("has a +, which starts a sub-address (user+tag): the mailbox would receive no mail")
    if len(local) > 64 or not MAILBOX_LOCAL.fullmatch(local):
        raise ValueError(
            "has a local part with characters other than letters, digits and . _ - = ~ & (allowed only in an alias)"
        )
    return Address(f"{local}@{domain(name)}")


def recipient_address(text: str) -> Address:
    """``text`` as an address that mail can be sent to, here or elsewhere; ValueError with the reason."""
    local, name = _split(text)
    if len(local) > 64 or not RECIPIENT_LOCAL.fullmatch(local):
        raise ValueError(
            "has a local part that is not valid (at most 64 ASCII characters, no blanks, quotes or brackets)"
        )
    return Address(f"{local}@{domain(name)}")


def _split(text: str) -> tuple[str, str]:
    local, at, name = text.rpartition("@")
    if not at or not local or "@" in local:
        raise ValueError("is not an address (user@domain)")
    return local, name


def next_hop(text: str) -> NextHop:
    """``text`` (``[host]:port``, ``host:port``, without a port 25) as a NextHop; ValueError with the reason."""
    match = NEXT_HOP.fullmatch(text.strip())
    if not match:
        raise ValueError("is not of the form [host]:port")
    host, port = match["exact"] or match["mx"], int(match["port"] or 25)
    if not 0 < port < 1 << 16:
        raise ValueError("has a port that is not between 1 and 65535")
    if _is_ip(host):
        return NextHop(str(ip_address(host)), port)
    if len(host) > 80:  # a socket gets this name, and its path may have 107 characters
        raise ValueError("has a host name of more than 80 characters")
    try:
        return NextHop(domain(host), port, mx=match["exact"] is None)
    except ValueError:
        raise ValueError("has a host that is neither a name nor an IP address") from None


def enumerated(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def amount(number: int, noun: str, many: str = "") -> str:
    """``1 file``, ``2 files``; ``many`` is the plural where it is not the noun with an s."""
    return f"{number} {noun if number == 1 else many or noun + 's'}"


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def byte_size(text: str) -> int:
    """``text`` (``10240000``, ``25M``, ``1G``; powers of 1024) in bytes; ValueError with the reason."""
    match = SIZE.fullmatch(text.strip())
    # Daemons count in 64 bits.
    if not match or len(match[1]) > 18 or int(match[1]) * UNITS[match[2].lower()] >= 1 << 63:
        raise ValueError("is not a size in bytes")
    return int(match[1]) * UNITS[match[2].lower()]
