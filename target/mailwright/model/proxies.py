"""The reverse proxies that may speak for clients (PROXY_PROTOCOL_NETWORKS), and overrides that let anybody do so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mailwright.core.problems import Problem
from mailwright.formats import dovecot_listeners
from mailwright.formats.master_cf import BESIDE, RIGHTS_BY_ADDRESS
from mailwright.model import networks, operator_networks
from mailwright.model.inputs import Inputs
from mailwright.model.overrides import Overrides, Stated

SETTING = "PROXY_PROTOCOL_NETWORKS"
# Beside each port, the one at which proxies speak for clients: as in docker-mailserver's pages, where 10025 was taken.
PORTS = {25: 12525, 587: 10587, 465: 10465, 143: 10143, 993: 10993, 110: 10110, 995: 10995, 4190: 14190}
# Postfix's parameters, of smtpd(8) and postscreen(8), that make a port expect the PROXY protocol.
POSTSCREEN = "postscreen_upstream_proxy_protocol"
UPSTREAM = ("smtpd_upstream_proxy_protocol", POSTSCREEN)
OF_PROXIES = {(f"{name}-proxy", "pass") for name, _ in BESIDE}
OF_PORT_25 = {("smtp", "inet"), ("smtpd", "pass")}


def proxies(inputs: Inputs) -> tuple[tuple[str, ...], list[Problem]]:
    """The networks of the proxies."""
    return without_gateways(inputs, SETTING, inputs.settings.proxy_protocol_networks)


def without_gateways(inputs: Inputs, setting: str, text: str) -> tuple[tuple[str, ...], list[Problem]]:
    """The networks that ``setting`` lists in ``text``, without the gateways: strangers may have their addresses."""
    stated = text.split(",") if text else []
    gateways, _ = networks.gateways(inputs)
    kept_out = operator_networks.excluded(" ".join(stated), gateways)
    older = [word for word in stated if ":" not in word]
    nets = networks.without_strangers([*older, *(f"!{gateway}" for gateway in kept_out)])
    problems = []
    if kept_out:
        what = f"clients behind Docker's proxy have the address {', '.join(kept_out)}; it may not speak for others"
        problems.append(inputs.variables.warning(setting, what, "name a proxy that has this address by itself"))
    return (*nets, *(word for word in stated if ":" in word)), problems


def problems(proxies: Iterable[str], overrides: Overrides) -> Iterator[Problem]:
    """What overrides do that the setting does too, or that lets anybody speak for any client."""
    if proxies and overrides.dovecot:
        yield from _of_dovecot(overrides)
    for each in overrides.stated:
        if each.name in UPSTREAM and each.value.strip():
            yield _anybody(each)
    yield from _rights(overrides)


def _of_dovecot(overrides: Overrides) -> Iterator[Problem]:
    """dovecot.cf is read last, so that it would replace what the setting says."""
    file = overrides.dovecot
    if not file:
        return
    if where := dovecot_listeners.trusted(file):
        yield Problem(where, f"haproxy_trusted_networks replaces {SETTING}", "delete the line, or the setting")
    for listener in dovecot_listeners.listeners(file):
        if listener.port in PORTS.values():
            what = f"port {listener.port} is open already: {SETTING} opens it for proxies"
            yield Problem(listener.where, what, "delete the inet_listener, or the setting")


def is_set(overrides: Overrides, service: str, parameter: str) -> bool:
    """Whether ``parameter`` is set for ``service`` in postfix-master.cf, else in postfix-main.cf."""
    values = [each.value for each in overrides.main if each.name == parameter]
    values += [each.value for each in overrides.master if (each.service, each.name) == (service, parameter)]
    return bool(values and values[-1].strip())


def believes_headers(overrides: Overrides) -> bool:
    """Whether port 25 believes the PROXY header of everybody, by an override."""
    return is_set(overrides, "smtp", POSTSCREEN)


def _rights(overrides: Overrides) -> Iterator[Problem]:
    """Options that give rights by an address that a PROXY header may name."""
    services = OF_PROXIES | (OF_PORT_25 if believes_headers(overrides) else set())
    for option in overrides.master:
        if (option.service, option.type) in services and option.name in RIGHTS_BY_ADDRESS and option.value.strip():
            what = f"{option.name}: clients of proxies have no rights by their address, which a PROXY header names"
            yield Problem(option.where, what, "delete the line; clients that send need a login")


def _anybody(each: Stated) -> Problem:
    rights = ", so mynetworks does not count there" if each.name.startswith("postscreen") else ""
    what = f"{each.name}: whoever connects to this port can speak for any client{rights}"
    return Problem(each.where, what, f"{SETTING} opens ports for your proxies only", True)
