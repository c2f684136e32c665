"""Fixtures: one lab a test module, with a server of its own where a module asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.container.lab import Lab, Server, accounts
from tests.container.network import Network

ALICE, BOB = "alice@example.test", "bob@example.test"


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """The network of one file's lab after another: a new one for each would cost half a second of a core."""
    network = Network()
    try:
        network.open()
        yield network
    finally:
        network.close()


@pytest.fixture(scope="module")
def lab(network: Network) -> Iterator[Lab]:
    """A lab whose servers are gone after the module's tests."""
    lab = Lab(network=network)
    try:
        yield lab
    finally:
        lab.close()


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright for example.test with the accounts alice and bob, everything else at its default."""
    return lab.mailserver("example", {"postfix-accounts.cf": accounts(ALICE, BOB)})
