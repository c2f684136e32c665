"""Ports that expect the PROXY protocol, by PROXY_PROTOCOL_NETWORKS or by an override: each begins with its header."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mailwright.formats import dovecot_listeners
from mailwright.model import proxies
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Port, always


def by_postfix(service: str, parameter: str) -> Callable[[Mailserver], bool]:
    """Whether ``parameter`` is set for ``service`` in postfix-master.cf, else in postfix-main.cf."""
    return lambda mailserver: proxies.is_set(mailserver.overrides, service, parameter)


def by_dovecot(listener: str) -> Callable[[Mailserver], bool]:
    """Whether dovecot.cf says ``haproxy = yes`` for the inet_listener."""

    def is_on(mailserver: Mailserver) -> bool:
        override = mailserver.overrides.dovecot
        listeners = dovecot_listeners.listeners(override) if override else ()
        return any(each.name == listener and each.haproxy for each in listeners)

    return is_on


def twin(port: Port) -> Port:
    """The port beside ``port`` at which proxies speak for its clients."""
    return replace(
        port,
        name=f"{port.name}-proxy",
        number=proxies.PORTS[port.number],
        purpose=f"{port.number} for proxies that speak the PROXY protocol",
        switch=proxies.SETTING,
        enabled=lambda mailserver: bool(mailserver.proxies) and port.enabled(mailserver),
        proxied=always,
    )
