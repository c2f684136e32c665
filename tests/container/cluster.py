"""A cluster on the lab's network: a database, a front, two backends and a filter, each a Mailwright in a role."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mailwright.host.node_certificates import authority, node
from tests import clock
from tests.container.databases import Database, database, setup
from tests.container.lab import HASH, PASSWORD, Lab, Server

BACKENDS = ("backend-1", "backend-2")
ALICE, BOB, CAROL = (f"{name}@example.test" for name in ("alice", "bob", "carol"))
STRANGER = "someone@outside.test"
PEOPLE = "address,password\n" + "".join(f"{address},{PASSWORD}\n" for address in (ALICE, BOB, CAROL))


@dataclass
class Authority:
    """The CA of the nodes."""

    pems: tuple[str, str] = field(default_factory=lambda: authority(clock.now()))

    def files(self, role: str, *names: str) -> dict[str, str]:
        """What the config folder of a node of ``role`` with ``names`` has."""
        certificate, key = node(role, names, *self.pems, clock.now())
        return {"cluster/ca.pem": self.pems[0], "cluster/cert.pem": certificate, "cluster/key.pem": key}


class Accounts(Protocol):
    """Where the accounts are, as variables and files of the config folder say it."""

    @property
    def environ(self) -> Mapping[str, str]:
        """The variables."""

    @property
    def files(self) -> Mapping[str, str]:
        """The files."""


@dataclass
class Cluster:
    """The nodes by name."""

    lab: Lab
    accounts: Accounts
    ca: Authority = field(default_factory=Authority)
    nodes: dict[str, Server] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The database of accounts."""
        assert isinstance(self.accounts, Database)
        return self.accounts

    @property
    def front(self) -> Server:
        """The node that everybody outside speaks with."""
        return self.nodes["front"]

    def environ(self, role: str, name: str) -> dict[str, str]:
        """The variables of a node."""
        return {
            **self.accounts.environ,
            "ROLE": role,
            "CLUSTER_NODE": name,
            "CLUSTER_FILTER": "filter",
            "CLUSTER_FRONT": "front",
            "CLUSTER_FRONT_NETWORKS": f"{self.lab.net}.0/24",
            "POSTMASTER_ADDRESS": CAROL,
            "ENABLE_RSPAMD": "1",
            "ENABLE_POP3": "1",
            "ENABLE_MANAGESIEVE": "1",
            "RSPAMD_LEARN": "1",
        }

    def start(self, role: str, name: str, ready: tuple[int, ...], **more: str) -> Server:
        """A node, which the others reach as ``name``."""
        files = {**self.accounts.files, **self.ca.files(role, name), "dovecot-masters.cf": f"admin|{HASH}\n"}
        options = ("--network-alias", name)
        environ, hostname = {**self.environ(role, name), **more}, "mail.example.test"
        server = self.lab.mailserver(name, files, environ, *options, hostname=hostname, ready=ready)
        self.nodes[name] = server
        return server

    def backend_of(self, address: str) -> Server:
        """The node that holds the mail of ``address``."""
        name = self.database.sql(f"SELECT backend FROM placements WHERE address = '{address}';").strip()
        return self.nodes[name]


def cluster(lab: Lab) -> Cluster:
    """A front, two backends and a filter that serve; ALICE and BOB are on different backends."""
    made = Cluster(lab, database(lab, "postgresql"))
    made.start("filter", "filter", ())
    for name in BACKENDS:
        made.start("backend", name, (993,))
    front = made.start("front", "front", (25, 587, 993))
    setup(front, "sql", "init")
    for name in BACKENDS:
        setup(front, "backends", "add", name)
    setup(front, "email", "import", "-", text=PEOPLE)
    return made


def as_node(files: Mapping[str, str], lab: Lab) -> ssl.SSLContext:
    """TLS with the certificate of a node."""
    folder = lab.folder(dict(files))
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(folder / "cluster/cert.pem", folder / "cluster/key.pem")
    return context
