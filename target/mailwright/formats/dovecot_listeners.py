"""The inet_listener blocks of dovecot.cf, and where it says which proxies are trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.textfile import TextFile

BLOCK = re.compile(r"^[ \t]*inet_listener\s+(?P<name>\S+)\s*\{(?P<block>[^}]*)\}", re.MULTILINE)
HAPROXY = re.compile(r"^\s*haproxy\s*=\s*yes\b", re.MULTILINE)
PORT = re.compile(r"^\s*port\s*=\s*(\d+)\b", re.MULTILINE)
TRUSTED = re.compile(r"^[ \t]*haproxy_trusted_networks\s*=", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Listener:
    """One inet_listener, its port (0: not said) and whether it expects the PROXY protocol."""

    where: str
    name: str
    port: int
    haproxy: bool


def listeners(file: TextFile) -> Iterator[Listener]:
    """The inet_listeners of ``file``."""
    for match in BLOCK.finditer(file.text):
        port = PORT.search(match["block"])
        is_proxied = bool(HAPROXY.search(match["block"]))
        yield Listener(_at(file, match.start()), match["name"], int(port[1]) if port else 0, is_proxied)


def trusted(file: TextFile) -> str:
    """Where ``file`` sets haproxy_trusted_networks; empty if it does not."""
    match = TRUSTED.search(file.text)
    return _at(file, match.start()) if match else ""


def _at(file: TextFile, position: int) -> str:
    return file.at(file.text.count("\n", 0, position) + 1)
