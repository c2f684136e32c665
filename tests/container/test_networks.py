"""Relaying for the operator's networks: neighbours may, gateways may not, also in a network that comes later."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, accounts
from tests.container.sender import hand_over, mail

OUTSIDE = "somebody@outside.test"
NETWORKS = "mynetworks = 127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16\n"


@pytest.fixture(scope="module", params=["override", "variable"])
def server(lab: Lab, request: pytest.FixtureRequest) -> Server:
    """A server that lets Docker's networks send, by postfix-main.cf or by PERMIT_DOCKER."""
    config = {"postfix-accounts.cf": accounts(ALICE)}
    if request.param == "override":
        return lab.mailserver("override", config | {"postfix-main.cf": NETWORKS}, hostname="mail.example.test")
    return lab.mailserver("variable", config, {"PERMIT_DOCKER": "connected-networks"}, hostname="mail.example.test")


@pytest.fixture
def later(lab: Lab, server: Server) -> Iterator[str]:
    """Another network, which the running server has been connected to; the server's address there."""
    other = Lab()
    name = _name_of_later(lab, server)
    other.name = name
    other.open(("10", 64, 250))
    docker("network", "connect", name, server.name)
    try:
        yield server.inspect("{{(index .NetworkSettings.Networks " + f'"{name}"' + ").IPAddress}}")
    finally:
        docker("network", "disconnect", name, server.name, check=False)
        other.close()


def _name_of_later(lab: Lab, server: Server) -> str:
    return f"{lab.name}-{server.name}-later"


def from_the_host(ip: str) -> int:
    """What RCPT for a foreign address is answered with; the host has the address of each network's gateway."""
    with smtplib.SMTP(ip, 25, local_hostname="client.test", timeout=30) as client:
        client.ehlo()
        client.mail("")
        return client.rcpt(OUTSIDE)[0]


def test_a_neighbour_may_and_the_gateway_may_not(lab: Lab, server: Server) -> None:
    neighbour = lab.container(f"n-{server.name[-8:]}", image=CLIENTS, command=("sleep", "infinity"))
    assert hand_over(neighbour, server, mail(ALICE, OUTSIDE), ALICE, OUTSIDE) == "250"
    assert from_the_host(server.ip) == 554


def test_the_gateway_of_a_network_that_comes_later_may_not_either(lab: Lab, server: Server, later: str) -> None:
    def networks() -> list[str]:
        return server.run("postconf", "-h", "mynetworks").split()

    server.sees("because the container's networks changed")
    until("a refusal", lambda: from_the_host(later) == 554, 20)
    gateway = later.rpartition(".")[0] + ".1"
    assert f"!{gateway}" in networks()
    docker("network", "disconnect", _name_of_later(lab, server), server.name)
    until("the network to be gone", lambda: f"!{gateway}" not in networks())


def test_a_list_of_ours_may_be_replaced(lab: Lab) -> None:
    """Postfix calls a named list that nothing uses a mistake; it is left out."""
    lists = "".join(
        f"smtpd_{name}_restrictions = permit_mynetworks, reject_unauth_destination\n"
        for name in ("client", "helo", "sender", "relay", "recipient")
    )
    main = f"{lists}my_own = 3\n"
    config = {"postfix-accounts.cf": accounts(ALICE), "postfix-main.cf": main}
    server = lab.mailserver("lists", config, hostname="mail.example.test")
    assert from_the_host(server.ip) == 554
    assert server.sees("unused parameter: my_own=3").split(" mailwright: ")[1].startswith("warn: postfix-main.cf:6: ")
    assert "mailwright_smtpd" not in server.log()
