"""mynetworks: the clients that may send on port 25 without a login (PERMIT_DOCKER)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from mailwright.core.problems import Problem
from mailwright.model.inputs import Inputs
from mailwright.model.sources import Interface, Sources

DOCKER = IPv4Network("172.16.0.0/12")
# Programs that share the network of this container, such as those with ``network_mode: service:``.
SELF = ("127.0.0.0/8", "[::1]/128")


def mynetworks(inputs: Inputs) -> tuple[tuple[str, ...], list[Problem]]:
    """The value of mynetworks (postconf(5)) as words, and the Problems with PERMIT_DOCKER.

    The gateways are excluded: clients behind Docker's proxy, and all IPv6 clients, have the gateway's address.
    """
    sources, permit, interface = inputs.sources, inputs.settings.permit_docker, inputs.settings.network_interface
    where = inputs.variables.origin("PERMIT_DOCKER")
    if permit == "none":
        return (), []
    named = [each for each in sources.interfaces if each.name == interface]
    if permit in ("container", "host") and not named:
        names = ", ".join(sorted({each.name for each in sources.interfaces})) or "none"
        what = f"PERMIT_DOCKER={permit}: the interface {interface} has no IPv4 address; there are: {names}"
        return (), [Problem(where, what, "set NETWORK_INTERFACE")]
    nets = {
        "container": [IPv4Network(each.address.ip) for each in named],
        "host": [_at_most_16(each.address.network) for each in named],
        "network": [DOCKER],
        "connected-networks": [each.address.network for each in sources.interfaces if not each.address.is_loopback],
    }[permit]
    clients = (*SELF, *map(str, nets))
    what = f"PERMIT_DOCKER={permit}: {', '.join(clients)} may send without a login; gateways may not"
    strangers = [f"!{address}" for address in _gateways(sources)] if permit != "container" else []
    return (*strangers, *clients), [Problem(where, what, "a login on port 587 is safer", True)]


def _at_most_16(network: IPv4Network) -> IPv4Network:
    """``network``, or the /16 that it lies in."""
    return network.supernet(new_prefix=min(16, network.prefixlen))


def gateways(inputs: Inputs) -> tuple[tuple[str, ...], list[Problem]]:
    """The gateways' addresses. Clients behind Docker's proxy have them too, so they may be anybody's."""
    return _gateways(inputs.sources), []


def without_strangers(mynetworks: Iterable[str]) -> tuple[str, ...]:
    """The networks of ``mynetworks`` besides this container, without the addresses that a ! excludes."""
    words = list(mynetworks)
    nets = [IPv4Network(word) for word in words if not word.startswith("!") and word not in SELF]
    for stranger in (IPv4Network(word[1:]) for word in words if word.startswith("!")):
        nets = [part for net in nets for part in _without(net, stranger)]
    return tuple(map(str, nets))


def _without(net: IPv4Network, stranger: IPv4Network) -> Iterable[IPv4Network]:
    return net.address_exclude(stranger) if stranger.subnet_of(net) else (net,)


def _gateways(sources: Sources) -> tuple[str, ...]:
    bridges = (str(_first_host(each)) for each in sources.interfaces if not each.address.is_loopback)
    return tuple(sorted({*map(str, sources.gateways), *bridges}))


def _first_host(interface: Interface) -> object:
    """Docker gives a bridge the first address of its net."""
    return interface.address.network.network_address + 1
