"""The test network with its own DNS server, on which the servers run."""

import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.docker import LABEL, DockerError, address, docker, log, remove_all
from benchmarks.greeting import greeted
from benchmarks.subject import DOMAIN, HERE, HOST, PASSWORD, Subject, mailboxes

OUTSIDE_IMAGE = "mailwright-bench-outside"
RUN = f"mailwright-bench-{os.getpid()}"
RUN_LABEL = f"mailwright.bench.run={os.getpid()}"
LABELS = ("--label", LABEL, "--label", RUN_LABEL)
BOOT_DEADLINE = 300.0

# Each address of the network has a name; any other name is NXDOMAIN. Both answers come at once.
DNSMASQ = (
    *("dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--cache-size=0"),
    *("--host-record=client.outside.test,203.0.113.1", "--mx-host=outside.test,client.outside.test"),
    *(f"--mx-host={DOMAIN},{HOST}", "--address=/#/"),
)


@dataclass(frozen=True)
class Server:
    """A running server that has greeted on all its ports."""

    subject: Subject
    container: str
    mail: str  # the volume with the mailboxes
    boot: float  # seconds from `docker run` to the last greeting


@dataclass(frozen=True)
class Lab:
    """The network and its DNS server."""

    folder: Path
    dns: str

    @contextmanager
    def serve(self, subject: Subject, accounts: int = 1, config: Path | None = None) -> Iterator[Server]:
        """Yield the subject's server with that many accounts, or with that config folder, once it has greeted."""
        started = time.monotonic()
        with self.begin(subject, accounts, config) as (name, mail):
            wait_until_up(name)
            yield Server(subject, name, mail, time.monotonic() - started)

    @contextmanager
    def begin(self, subject: Subject, accounts: int = 1, config: Path | None = None) -> Iterator[tuple[str, str]]:
        """Yield the names of the started container and of its volume with the mailboxes, and empty volumes.

        All of it is removed afterwards. Servers with config folders of their own may run at once.
        """
        name = f"{RUN}-{subject.name}" + (f"-{config.name}" if config else "")
        volumes = {path: f"{name}-{path.strip('/').replace('/', '-')}" for path in ("/var/mail", subject.state)}
        for volume in volumes.values():
            docker("volume", "create", *LABELS, volume)
        mounts = [word for path, volume in volumes.items() for word in ("--volume", f"{volume}:{path}")]
        mounts += ["--volume", f"{config or self.config(subject, accounts)}:{subject.config}"]
        network = ("--network", RUN, "--dns", self.dns, "--hostname", HOST)
        command = ("--detach", "--name", name, *LABELS, *network, *mounts, *subject.options, subject.image)
        try:
            docker("run", *command)
            yield name, volumes["/var/mail"]
        finally:
            docker("rm", "--force", "--volumes", name)
            docker("volume", "rm", *volumes.values())

    def config(self, subject: Subject, accounts: int) -> Path:
        """Return the subject's config folder with that many accounts."""
        folder = self.folder / f"{subject.name}-{accounts}"
        if not folder.exists():
            folder.mkdir()
            subject.write_accounts(folder, mailboxes(accounts))
            for file in folder.iterdir():
                os.utime(
                    file, (0, 0)
                )  # Postfix reads a texthash file that changed in this second twice, a second apart
        return folder

    def load(self, server: Server, kind: str, mails: int, boxes: int) -> dict[str, float]:
        """Return what /load.py measured: the generator sees the mailboxes through the server's volume."""
        target = (address(server.container), kind, str(mails), str(boxes))
        network = ("--network", RUN, "--dns", self.dns, "--hostname", "client.outside.test")
        mail = ("--volume", f"{server.mail}:/mail:ro", "--env", f"DOMAIN={DOMAIN}", "--env", f"PASSWORD={PASSWORD}")
        command = ("python3", "/load.py", *target)
        answer = docker("run", "--rm", *LABELS, *network, *mail, OUTSIDE_IMAGE, *command)
        measured: dict[str, float] = json.loads(answer)
        return measured


def first_contacts(server: Server, count: int) -> list[float]:
    """Return the seconds until the first mail of each of `count` clients is in its mailbox, one after another."""
    options = ("--network", RUN, "--volume", f"{server.mail}:/mail:ro", "--env", f"DOMAIN={DOMAIN}")
    start = ("run", "--detach", *LABELS, *options, OUTSIDE_IMAGE, "sleep", "600")
    clients = [docker(*start) for _ in range(count)]  # all at once, so that each has an address of its own
    try:
        target = address(server.container)
        return [float(docker("exec", client, "python3", "/load.py", target, "first")) for client in clients]
    finally:
        docker("rm", "--force", *clients)


def wait_until_up(container: str) -> None:
    """The server greets on all ports; DockerError with the end of its log when it does not."""
    deadline = time.monotonic() + BOOT_DEADLINE
    while True:
        running = docker("inspect", "--format", "{{.State.Running}}", container) == "true"
        if running and greeted(address(container), time.monotonic() + 2):
            return
        if not running or time.monotonic() > deadline:
            last_lines = "\n".join(log(container).splitlines()[-20:])
            raise DockerError(f"{container} has not greeted on all ports\n{last_lines}")


@contextmanager
def open_lab() -> Iterator[Lab]:
    """Yield a lab; its containers, volumes and networks are removed at the end, also after an error."""
    docker("build", "--quiet", "--tag", OUTSIDE_IMAGE, str(HERE / "outside"))
    try:
        docker("network", "create", *LABELS, RUN)
        subnet = docker("network", "inspect", "--format", "{{(index .IPAM.Config 0).Subnet}}", RUN)
        names = f"--synth-domain=net.test,{subnet},ip-"
        docker("run", "--detach", "--name", f"{RUN}-dns", *LABELS, "--network", RUN, OUTSIDE_IMAGE, *DNSMASQ, names)
        with tempfile.TemporaryDirectory(prefix=f"{RUN}-") as folder:
            Path(folder).chmod(0o755)
            yield Lab(Path(folder), address(f"{RUN}-dns"))
    finally:
        remove_all(RUN_LABEL)
