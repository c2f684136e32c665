from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from mailwright.core.problems import Problem
from mailwright.model import networks
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.reading import Reading
from mailwright.model.sources import Sources
from tests.unit.operator import interfaces, sources, told

MACHINE = replace(
    sources(),
    interfaces=interfaces("lo 127.0.0.1/8", "eth0 172.18.0.2/16", "eth1 10.1.2.3/24"),
    gateways=(IPv4Address("172.18.0.1"), IPv4Address("10.1.2.254")),
)
BARE = replace(MACHINE, interfaces=(), gateways=())
SELF = ("127.0.0.0/8", "[::1]/128")
GATEWAYS = ("!10.1.2.1", "!10.1.2.254", "!172.18.0.1")


def inputs(machine: Sources, **environ: str) -> Inputs:
    return Inputs(Reading.of(replace(machine, environ=environ)), ConfigFolder({}))


def mynetworks(permit: str, interface: str, machine: Sources = MACHINE) -> tuple[tuple[str, ...], list[Problem]]:
    return networks.mynetworks(inputs(machine, PERMIT_DOCKER=permit, NETWORK_INTERFACE=interface))


@pytest.mark.parametrize(
    ("permit", "nets"),
    [
        ("none", ()),
        ("container", (*SELF, "172.18.0.2/32")),
        ("host", (*GATEWAYS, *SELF, "172.18.0.0/16")),
        ("network", (*GATEWAYS, *SELF, "172.16.0.0/12")),
        ("connected-networks", (*GATEWAYS, *SELF, "172.18.0.0/16", "10.1.2.0/24")),
    ],
)
def test_mynetworks(permit: str, nets: tuple[str, ...]) -> None:
    found, problems = mynetworks(permit, "eth0")
    assert found == nets
    assert len(problems) == (permit != "none")
    assert all(problem.warning and "a login on port 587 is safer" in problem.hint for problem in problems)


def test_host_is_the_net_of_the_interface_up_to_16() -> None:
    assert mynetworks("host", "eth1")[0][5:] == ("10.1.0.0/16",)


@pytest.mark.parametrize("permit", ["container", "host"])
def test_no_such_interface(permit: str) -> None:
    assert told(mynetworks(permit, "eth9")[1]) == [
        f"environment: PERMIT_DOCKER={permit}: the interface eth9 has no IPv4 address; there are: eth0, eth1, lo"
        " (hint: set NETWORK_INTERFACE)"
    ]


def test_a_machine_without_networks() -> None:
    assert mynetworks("connected-networks", "eth0", BARE)[0] == SELF
    assert "there are: none" in mynetworks("host", "eth0", BARE)[1][0].what


def test_gateways() -> None:
    assert networks.gateways(inputs(MACHINE))[0] == ("10.1.2.1", "10.1.2.254", "172.18.0.1")
    assert networks.gateways(inputs(BARE))[0] == ()


@pytest.mark.parametrize("permit", ["container", "host", "network", "connected-networks"])
def test_who_is_trusted_besides_this_container(permit: str) -> None:
    trusted = networks.without_strangers(mynetworks(permit, "eth0")[0])
    assert trusted
    assert not {*SELF, "172.18.0.1/32", "10.1.2.1/32", "10.1.2.254/32"} & {*trusted}
