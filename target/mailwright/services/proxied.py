"""Ports that an override makes expect the PROXY protocol: a connection without its header gets no greeting."""

from __future__ import annotations

import re
from collections.abc import Callable

from mailwright.model.mailserver import Mailserver

LISTENER = re.compile(r"inet_listener\s+(?P<name>\S+)\s*\{(?P<block>[^}]*)\}")
HAPROXY = re.compile(r"^\s*haproxy\s*=\s*yes\b", re.MULTILINE)


def by_postfix(service: str, parameter: str) -> Callable[[Mailserver], bool]:
    """Whether ``parameter`` is set for ``service`` in postfix-master.cf, else in postfix-main.cf."""

    def is_on(mailserver: Mailserver) -> bool:
        overrides = mailserver.overrides
        values = [each.value for each in overrides.main if each.name == parameter]
        values += [each.value for each in overrides.master if (each.service, each.name) == (service, parameter)]
        return bool(values and values[-1].strip())

    return is_on


def by_dovecot(listener: str) -> Callable[[Mailserver], bool]:
    """Whether dovecot.cf says ``haproxy = yes`` for the inet_listener."""

    def is_on(mailserver: Mailserver) -> bool:
        override = mailserver.overrides.dovecot
        blocks = LISTENER.finditer(override.text) if override else ()
        return any(block["name"] == listener and HAPROXY.search(block["block"]) for block in blocks)

    return is_on
