"""The resolvers of the container (resolv.conf(5)), and the warnings about them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address

from mailwright.core.problems import Problem

# Public resolvers: block lists refuse their queries or give them wrong answers.
PUBLIC = frozenset(
    """
    8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844 1.1.1.1 1.0.0.1 2606:4700:4700::1111
    2606:4700:4700::1001 9.9.9.9 9.9.9.10 149.112.112.112 2620:fe::fe 2620:fe::9 208.67.222.222 208.67.220.220
    4.2.2.1 4.2.2.2 64.6.64.6 64.6.65.6 94.140.14.14 94.140.15.15 76.76.2.0 76.76.10.0
    """.split()
)
ADDRESS = re.compile(r"[0-9a-fA-F]*[.:][0-9a-fA-F.:]+")


def servers(resolv_conf: str) -> tuple[str, ...]:
    """The addresses in a resolv.conf(5), also those in the comment that Docker writes for its own resolver."""
    rows = (line for line in resolv_conf.splitlines() if line.startswith("nameserver") or "ExtServers" in line)
    words = (word for row in rows for word in ADDRESS.findall(row.partition(" ")[2]))
    return tuple(dict.fromkeys(str(ip_address(word)) for word in words if _is_address(word)))


def public(addresses: Iterable[str]) -> list[str]:
    """Those of ``addresses`` that are public resolvers."""
    return sorted(PUBLIC & set(addresses))


def unfit_for_dane(addresses: Iterable[str], origin: str) -> list[Problem]:
    """A warning when a resolver is on another machine: its DNSSEC answers can be changed on the way."""
    others = [address for address in addresses if not ip_address(address).is_loopback]
    if not others:
        return []
    what = f"ENABLE_DANE: the container asks {', '.join(others)}; DANE needs the container's own resolver"
    return [Problem(origin, what, "set `dns: 127.0.0.1` in compose.yaml", True)]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
