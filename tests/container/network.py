"""A network of containers, and the DNS server that they ask."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field

from tests.container.docker import CLIENTS, LABEL, docker, exit_code

OUTSIDE = ("host-record=outside.test,192.0.2.9", "mx-host=outside.test,outside.test,10")


@dataclass
class Network:
    """A network somewhere in ``block``. Its address 2 is that of the DNS server, which the first container starts."""

    name: str = field(default_factory=lambda: f"mwtest-{uuid.uuid4().hex[:8]}")
    block: tuple[str, int, int] = ("10", 64, 250)
    net: str = ""  # its first three bytes
    records: tuple[str, ...] | None = None  # of the DNS server; None while there is none

    @property
    def dns(self) -> str:
        """The address of the DNS server."""
        return f"{self.net}.2"

    @property
    def dns_name(self) -> str:
        """The container of the DNS server."""
        return f"{self.name}-dns"

    def open(self) -> None:
        """The network is there afterwards."""
        first, low, high = self.block
        create = ("network", "create", "--label", LABEL, "--subnet")
        for _ in range(20):
            # A test's seed would have every worker try the same networks.
            self.net = f"{first}.{secrets.choice(range(low, high + 1))}.{secrets.randbelow(251)}"
            if exit_code(*create, f"{self.net}.0/24", self.name) == 0:
                return
        raise AssertionError(docker(*create, f"{self.net}.0/24", self.name, check=False))

    def zone(self, *records: str) -> None:
        """(Re)starts the DNS server with dnsmasq options as ``records``, such as ``mx-host=a.test,mail.a.test,10``.

        Whatever is asked otherwise does not exist, and is said so at once: reverse look-ups too.
        """
        self.reset()
        docker(
            *("run", "-d", "--label", LABEL, "--name", self.dns_name, "--network", self.name, "--ip", self.dns),
            *("--cap-add", "NET_ADMIN", CLIENTS, "dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--user=root"),
            *("--local=/#/", "--log-facility=-", *(f"--{record}" for record in (*OUTSIDE, *records))),
        )  # fmt: skip
        self.records = records

    def has_dns(self) -> None:
        """The DNS server runs afterwards."""
        if self.records is None:
            self.zone()

    def reset(self) -> None:
        """No DNS server is there afterwards."""
        if self.records is not None:
            docker("rm", "-f", self.dns_name, check=False)
        self.records = None

    def close(self) -> None:
        """Nothing of the network is left afterwards."""
        self.reset()
        docker("network", "rm", self.name, check=False)
