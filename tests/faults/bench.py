"""The server that the faults happen to: the default set, with volumes that outlive its containers."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.container.docker import IMAGE, docker, exit_code
from tests.container.lab import Lab, Server, accounts
from tests.faults.load import SENDER, USERS, Load

HEALTH = ("python3", "-m", "mailwright.programs.health")
CONFIG: dict[str, str | bytes] = {"postfix-accounts.cf": accounts(SENDER, *USERS)}
VOLUMES = {"mail": "/var/mail", "state": "/var/mail-state"}
READY = (25, 587, 993)


@dataclass
class Bench:
    """One row's server. ``env`` and ``options`` change it; everything else is at its default, the filter too."""

    lab: Lab
    name: str
    env: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    config: dict[str, str | bytes] = field(default_factory=dict)  # more files of the config folder
    ready: tuple[int, ...] = READY
    image: str = IMAGE
    without: str = ""  # the path of a volume that ``options`` has in its place
    place: Path | None = None  # a folder of this host that has mail/ and state/ in place of volumes
    made: int = 0

    def __post_init__(self) -> None:
        self.ip = self.lab.address()
        self.volumes: tuple[str, ...] = ()
        for name, path in VOLUMES.items():
            if path != self.without and not self.place:
                self.volumes += ("-v", f"{self.lab.volume(f'{self.name}-{name}')}:{path}")
        self.server = self.new()

    def new(self) -> Server:
        """A new container on the same volumes and the same address."""
        self.made += 1
        # All submissions are one user's.
        env, options = {"ENABLE_RSPAMD": "1", "SUBMISSION_LIMIT": "0", **self.env}, (*self.volumes, *self.options)
        for name, path in VOLUMES.items() if self.place else ():
            options += ("-v", f"{self.place}/{name}:{path}")
        return self.lab.mailserver(
            f"{self.name}-{self.made}",
            {**CONFIG, **self.config},
            env,
            *options,
            hostname="mail.example.test",
            ip=self.ip,
            image=self.image,
            ready=self.ready,
        )

    def exists(self) -> bool:
        """Whether the container was not removed."""
        return exit_code("inspect", self.server.name) == 0

    def load(self, prefix: str, senders: int = 6) -> Load:
        """Senders at work."""
        load = Load(self.ip, f"{self.name}.{prefix}", senders)
        load.start()
        return load

    def health(self) -> str:
        """What the health check prints."""
        return self.server.run(*HEALTH, check=False).strip().replace("\n", "; ")

    def ended_with(self) -> str:
        """The exit code of the container that has ended."""
        return self.server.inspect("{{.State.ExitCode}}")


def a_moment(longest: float) -> None:
    """Waits for a random time: what is interrupted shall be at any point of its work."""
    time.sleep(random.uniform(0.0, longest))


def timed(*command: str) -> float:
    """The seconds that ``docker COMMAND`` takes."""
    began = time.monotonic()
    docker(*command)
    return time.monotonic() - began
