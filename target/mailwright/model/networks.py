"""mynetworks: which clients may send on port 25 without a login (PERMIT_DOCKER)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from mailwright.core.problems import Problem
from mailwright.model.inputs import Inputs
from mailwright.model.sources import Interface, Sources

DOCKER = IPv4Network("172.16.0.0/12")


def mynetworks(inputs: Inputs) -> tuple[tuple[str, ...], list[Problem]]:
    """The value of mynetworks (postconf(5)) as words, and what is wrong with the choice.

    Gateways are left out first: behind Docker's proxy, and for every IPv6 client, the whole world has their address.
    """
    sources, permit, interface = inputs.sources, inputs.settings.permit_docker, inputs.settings.network_interface
    where = inputs.variables.origin("PERMIT_DOCKER")
    if permit == "none":
        return (), []
    chosen = [it for it in sources.interfaces if it.name == interface]
    if permit in ("container", "host") and not chosen:
        names = ", ".join(sorted({it.name for it in sources.interfaces})) or "none"
        what = f"PERMIT_DOCKER={permit}: the interface {interface} has no IPv4 address; there are: {names}"
        return (), [Problem(where, what, "set NETWORK_INTERFACE")]
    nets = {
        "container": [IPv4Network(it.address.ip) for it in chosen],
        "host": [it.address.network.supernet(new_prefix=min(16, it.address.network.prefixlen)) for it in chosen],
        "network": [DOCKER],
        "connected-networks": [it.address.network for it in sources.interfaces if not it.address.is_loopback],
    }[permit]
    what = f"PERMIT_DOCKER={permit}: {', '.join(map(str, nets))} may send without a login; gateways may not"
    strangers = [f"!{address}" for address in _gateways(sources)] if permit != "container" else []
    return (*strangers, *map(str, nets)), [Problem(where, what, "a login on port 587 is safer", True)]


def gateways(inputs: Inputs) -> tuple[tuple[str, ...], list[Problem]]:
    """Addresses that may stand for any client: those of the gateways, behind which Docker's proxy hides them."""
    return _gateways(inputs.sources), []


def without_strangers(mynetworks: Iterable[str]) -> tuple[str, ...]:
    """The networks of ``mynetworks``, those addresses cut out that it marks as strangers by a !."""
    words = list(mynetworks)
    nets = [IPv4Network(word) for word in words if not word.startswith("!")]
    for stranger in (IPv4Network(word[1:]) for word in words if word.startswith("!")):
        nets = [part for net in nets for part in _without(net, stranger)]
    return tuple(map(str, nets))


def _without(net: IPv4Network, stranger: IPv4Network) -> Iterable[IPv4Network]:
    return net.address_exclude(stranger) if stranger.subnet_of(net) else (net,)


def _gateways(sources: Sources) -> tuple[str, ...]:
    bridges = (str(_first_host(it)) for it in sources.interfaces if not it.address.is_loopback)
    return tuple(sorted({*map(str, sources.gateways), *bridges}))


def _first_host(interface: Interface) -> object:
    """Docker gives a bridge the first address of its net."""
    return interface.address.network.network_address + 1
