"""The resolvers that the container asks (resolv.conf(5)), and what each is fit for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address

from mailwright.core.problems import Problem

# Resolvers for everybody, which block lists refuse, or answer nonsense.
PUBLIC = frozenset(
    """
    8.8.8.8 8.8.4.4 2001:4860:4860::8888 2001:4860:4860::8844 1.1.1.1 1.0.0.1 2606:4700:4700::1111
    2606:4700:4700::1001 9.9.9.9 9.9.9.10 149.112.112.112 2620:fe::fe 2620:fe::9 208.67.222.222 208.67.220.220
    4.2.2.1 4.2.2.2 64.6.64.6 64.6.65.6 94.140.14.14 94.140.15.15 76.76.2.0 76.76.10.0
    """.split()
)
ADDRESS = re.compile(r"[0-9a-fA-F]*[.:][0-9a-fA-F.:]+")


def servers(resolv_conf: str) -> tuple[str, ...]:
    """The addresses that a resolv.conf(5) names; behind Docker's own resolver also those that its comment names."""
    rows = (line for line in resolv_conf.splitlines() if line.startswith("nameserver") or "ExtServers" in line)
    found = (it for row in rows for it in ADDRESS.findall(row.partition(" ")[2]))
    return tuple(dict.fromkeys(str(ip_address(it)) for it in found if _is_address(it)))


def public(addresses: Iterable[str]) -> list[str]:
    """Those of ``addresses`` that answer for the whole world."""
    return sorted(PUBLIC & set(addresses))


def unfit_for_dane(addresses: Iterable[str], origin: str) -> list[Problem]:
    """A warning when a resolver is on another machine: what it says of DNSSEC can be changed on the way."""
    others = [it for it in addresses if not ip_address(it).is_loopback]
    if not others:
        return []
    what = f"ENABLE_DANE: the container asks {', '.join(others)}, not its own resolver, whose word alone can be trusted"
    return [Problem(origin, what, "set `dns: 127.0.0.1` in compose.yaml", True)]


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
