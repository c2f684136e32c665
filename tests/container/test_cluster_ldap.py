"""A front and a backend with accounts in a directory, whose attribute mailHost names the backend."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from tests.container.cluster import ALICE, BOB, STRANGER, Cluster
from tests.container.lab import Lab
from tests.container.ldap_directory import HOST, OWN, QUERIES, Directory, auth, imap, person

HERE = ("objectClass: inetLocalMailRecipient", "mailEnabled: TRUE", "mailHost: backend-1")


@dataclass(frozen=True)
class OfDirectory:
    """How nodes reach the directory."""

    files: dict[str, str]
    environ: dict[str, str] = field(default_factory=lambda: {**OWN, **QUERIES})


@pytest.fixture(scope="module")
def made(lab: Lab) -> Cluster:
    """A front and a backend without a filter; BOB has no place yet."""
    directory = Directory.of(lab, person(ALICE, *HERE), person(BOB, "mailEnabled: TRUE"))
    lab.zone(f"host-record={HOST},{directory.server.ip}")
    made = Cluster(lab, OfDirectory({"ca.pem": directory.authority}))
    made.start("backend", "backend-1", (993,), ENABLE_RSPAMD="0")
    made.start("front", "front", (25, 587, 993), ENABLE_RSPAMD="0")
    return made


def test_mail_and_logins_are_led_to_the_backend(made: Cluster) -> None:
    made.front.receives(ALICE, made.front.deliver(STRANGER, ALICE))
    made.front.receives(ALICE, made.front.submit(ALICE, ALICE))
    assert made.nodes["backend-1"].run("ls", "/var/mail/example.test").split() == ["alice"]
    assert auth(made.front, ALICE, "wrong") == 535


def test_an_account_without_a_place_waits(made: Cluster) -> None:
    made.front.deliver(STRANGER, BOB)
    made.front.sees("no backend holds this mailbox yet")
    assert imap(made.front, BOB) == "UNAVAILABLE"
    assert auth(made.front, BOB) == 235


def test_a_front_lists_the_accounts(made: Cluster) -> None:
    seen = json.loads(made.front.run("setup", "status", "--json"))
    assert (seen["accounts"], seen["domains"]) == (2, 1)
    assert ALICE in made.front.run("setup", "email", "list")
