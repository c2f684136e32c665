"""Fixtures: one lab a test module, with a server of its own where a module asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.container.lab import Lab, Server, accounts

ALICE, BOB = "alice@example.test", "bob@example.test"


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A network with a DNS server, gone after the module's tests."""
    lab = Lab()
    try:
        lab.open()
        yield lab
    finally:
        lab.close()


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright for example.test with the accounts alice and bob, everything else at its default."""
    return lab.mailserver("example", {"postfix-accounts.cf": accounts(ALICE, BOB)})
