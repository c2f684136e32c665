"""A lab: a network of its own with a DNS server, and the servers and clients on it."""

from __future__ import annotations

import imaplib
import itertools
import secrets
import smtplib
import socket
import ssl
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import make_msgid
from functools import partial
from pathlib import Path

from mailwright.core import paths
from tests import clock
from tests.container.docker import CLIENTS, IMAGE, LABEL, docker, exit_code, until
from tests.container.inside import Done, LostError, Sessions, execute

PASSWORD = "secret"  # of every account
HASH = "{SHA512-CRYPT}$6$qyWNf38o0N9ajF.C$" + (
    "3I0JhXznPcPW7u8M7sUaYvXC1aqLyhpqM1DfuO2iNwAkHRozOKiqrFSZg8SLFAt1EGzHZRu/JdUVTOsVrzIi20"
)
CAPABILITIES = "CHOWN DAC_OVERRIDE FOWNER KILL NET_BIND_SERVICE SETGID SETUID SYS_CHROOT".split()
# The last pass has seen what is there now, and had no problem with it.
SETTLED = """
import json
from mailwright.core import paths
from mailwright.host.stamps import look
watched, outcome = (json.load(open(path)) for path in (paths.WATCHED, paths.OUTCOME))
now = {path: list(stamp) for path, stamp in look(watched["config"], watched["files"]).items()}
print(now == watched["seen"] and not outcome["problems"])
"""


def accounts(*addresses: str) -> str:
    """A postfix-accounts.cf with ``addresses``, all with PASSWORD."""
    return "".join(f"{address}|{HASH}\n" for address in addresses)


def env_file(settings: Mapping[str, str]) -> str:
    """A mailserver.env with ``settings``."""
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def message(sender: str, recipient: str, subject: str = "hello", text: str = "Good day.\n") -> EmailMessage:
    """A mail of this moment with a Message-ID of its own."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, recipient, subject
    mail["Date"], mail["Message-ID"] = clock.date(), make_msgid(domain="client.test")
    mail.set_content(text)
    return mail


def trusting() -> ssl.SSLContext:
    """TLS without verification, for servers with a certificate of their own making."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@dataclass
class Server:
    """A container with an address on the lab's network."""

    name: str
    ip: str
    config: Path | None = None
    sessions: Sessions | None = None  # where the image has Python

    def log(self) -> str:
        """All that the container said on its streams."""
        return docker("logs", self.name)

    def run(self, *command: str, check: bool = True, text: str = "") -> str:
        """What ``command`` prints inside the container, on both streams; AssertionError with it when it fails."""
        done = self.ask(*command, text=text)
        said = done.printed + done.said
        assert not check or done.code == 0, f"{self.name}: {' '.join(command)}: exit {done.code}\n{said}"
        return said

    def ask(self, *command: str, text: str = "") -> Done:
        """What came of ``command`` inside the container."""
        if self.sessions:
            try:
                return self.sessions.run(command, text)
            except LostError:
                pass  # docker says why
        return execute(self.name, command, text)

    def sees(self, text: str, seconds: float = 40.0) -> str:
        """The log's first line with ``text``, waited for."""
        lines = lambda: next((line for line in self.log().splitlines() if text in line), "")  # noqa: E731
        return until(f"{text!r} in the log of {self.name}", lines, seconds)

    def is_settled(self) -> bool:
        """Whether the config folder's files are applied, and no pass is under way. Tools show files before they run."""
        return self.run("flock", paths.LOCK, "python3", "-c", SETTLED) == "True\n"

    def inspect(self, template: str) -> str:
        """A field of ``docker inspect``."""
        return docker("inspect", "-f", template, self.name).strip()

    def greets(self, port: int) -> bool:
        """Whether the port says anything by itself (inside TLS on 465, 993 and 995)."""
        with socket.create_connection((self.ip, port), 5) as plain:
            with trusting().wrap_socket(plain) if port in (465, 993, 995) else plain as connection:
                return bool(connection.recv(100))

    def submit(self, sender: str, recipient: str, mail: EmailMessage | None = None, login: str = "") -> str:
        """Sends on 587 with STARTTLS as ``login`` (else the sender); the mail's Message-ID."""
        mail = mail or message(sender, recipient)
        with smtplib.SMTP(self.ip, 587, local_hostname="client.test", timeout=30) as client:
            client.starttls(context=trusting())
            client.login(login or sender, PASSWORD)
            client.send_message(mail, sender, [recipient])
        return str(mail["Message-ID"])

    def deliver(self, sender: str, recipient: str, mail: EmailMessage | None = None) -> str:
        """Hands a mail over on 25 as another server would; its Message-ID."""
        mail = mail or message(sender or "nobody@outside.test", recipient)
        with smtplib.SMTP(self.ip, 25, local_hostname="client.test", timeout=30) as client:
            client.send_message(mail, sender, [recipient])
        return str(mail["Message-ID"])

    def imap(self, login: str, password: str = PASSWORD) -> imaplib.IMAP4_SSL:
        """A session on 993, logged in."""
        client = imaplib.IMAP4_SSL(self.ip, 993, ssl_context=trusting(), timeout=30)
        try:
            client.login(login, password)
        except BaseException:
            client.shutdown()
            raise
        return client

    def mails(self, login: str, folder: str = "INBOX") -> list[str]:
        """Every mail in the folder, whole, as IMAP gives it."""
        with self.imap(login) as client:
            client.select(folder, readonly=True)
            _, [numbers] = client.search(None, "ALL")
            fetched = [client.fetch(number.decode(), "(RFC822)")[1][0] for number in numbers.split()]
        return [part[1].decode("utf-8", "replace") for part in fetched if isinstance(part, tuple)]

    def receives(
        self, login: str, message_id: str, folder: str = "INBOX", seconds: float = 60.0, queue: Server | None = None
    ) -> str:
        """The mail with that Message-ID in the mailbox, waited for; the ``queue`` of a server is tried meanwhile."""
        flush = partial(queue.run, "postqueue", "-f") if queue else str
        find = lambda: flush() or next((mail for mail in self.mails(login, folder) if message_id in mail), "")  # noqa: E731
        return until(f"{message_id} in {folder} of {login}", find, seconds)

    def stop(self) -> int:
        """Stops the container as docker does; its exit code."""
        docker("stop", "-t", "30", self.name)
        return int(self.inspect("{{.State.ExitCode}}"))

    def wait_ready(self, *ports: int) -> None:
        """Every port greets afterwards; AssertionError with the log when one never does."""

        def greets(port: int) -> bool:
            try:
                return self.greets(port)
            except ConnectionRefusedError:  # a container that has ended has no address any more
                raise
            except OSError:
                if self.inspect("{{.State.Status}}") == "exited":
                    raise RuntimeError(f"{self.name} has ended\n{self.log()}") from None
                raise

        try:
            for port in ports:
                until(f"a greeting of {self.name} on {port}", partial(greets, port), 60)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from None


@dataclass
class Lab:
    """The network. Every container and volume that it makes carries LABEL and goes with it."""

    name: str = field(default_factory=lambda: f"mwtest-{uuid.uuid4().hex[:8]}")
    made: list[str] = field(default_factory=list)
    servers: list[Server] = field(default_factory=list)
    folders: list[tempfile.TemporaryDirectory[str]] = field(default_factory=list)
    resolver: str = ""  # what containers ask instead of the lab's DNS server
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(20))

    def open(self, block: tuple[str, int, int] = ("10", 64, 250)) -> None:
        """The network is there afterwards, somewhere in ``block``, with its DNS server (see zone())."""
        first, low, high = block
        create = ("network", "create", "--label", LABEL, "--subnet")
        for _ in range(20):
            # A test's seed would have every worker try the same networks.
            self.net = f"{first}.{secrets.choice(range(low, high + 1))}.{secrets.randbelow(251)}"
            if exit_code(*create, f"{self.net}.0/24", self.name) == 0:
                break
        else:
            raise AssertionError(docker(*create, f"{self.net}.0/24", self.name, check=False))
        self.dns = f"{self.net}.2"
        self.zone()

    def zone(self, *records: str) -> None:
        """(Re)starts the DNS server with dnsmasq options as ``records``, such as ``mx-host=a.test,mail.a.test,10``.

        Whatever is asked otherwise does not exist, and is said so at once: reverse look-ups too.
        """
        name = f"{self.name}-dns"
        docker("rm", "-f", name, check=False)
        options = [
            f"--{record}"
            for record in ("host-record=outside.test,192.0.2.9", "mx-host=outside.test,outside.test,10", *records)
        ]
        docker(
            *("run", "-d", "--label", LABEL, "--name", name, "--network", self.name, "--ip", self.dns),
            *("--cap-add", "NET_ADMIN", CLIENTS, "dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--user=root"),
            *("--local=/#/", "--log-facility=-", *options),
        )  # fmt: skip
        self.made.append(name)

    def address(self) -> str:
        """A free address on the network."""
        return f"{self.net}.{next(self.numbers)}"

    def container(self, name: str, *options: str, image: str, command: tuple[str, ...] = (), ip: str = "") -> Server:
        """A container on the network, started."""
        full, ip = f"{self.name}-{name}", ip or self.address()
        dns = self.resolver or self.dns
        base = ("run", "-d", "--label", LABEL, "--name", full, "--network", self.name, "--ip", ip, "--dns", dns)
        self.made.append(full)
        docker(*base, *options, image, *command)
        server = Server(full, ip, sessions=Sessions(full) if image in (IMAGE, CLIENTS) else None)
        self.servers.append(server)
        return server

    def volume(self, name: str) -> str:
        """A volume that goes with the lab."""
        full = f"{self.name}-{name}"
        docker("volume", "create", "--label", LABEL, full)
        return full

    def folder(self, files: Mapping[str, str | bytes]) -> Path:
        """A folder with ``files`` by relative path."""
        temporary = tempfile.TemporaryDirectory(prefix="mwtest-", ignore_cleanup_errors=True)
        self.folders.append(temporary)
        for name, content in files.items():
            path = Path(temporary.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Path(temporary.name)

    def mailserver(
        self, name: str, config: Mapping[str, str | bytes], env: Mapping[str, str] | None = None, *options: str,
        hostname: str = "", ip: str = "", image: str = IMAGE, ready: tuple[int, ...] = (25, 587, 993),
    ) -> Server:  # fmt: skip
        """A Mailwright run as compose.yaml runs it: read-only, few capabilities; ready on ``ready`` ports."""
        folder = self.folder(config)
        for capability in CAPABILITIES:
            options += ("--cap-add", capability)
        # The filter is a matter of tests of its own; elsewhere it would be most of what they wait for.
        for key, value in {"ENABLE_RSPAMD": "0", "DMS_CONFIG_POLL": "0.2", **(env or {})}.items():
            options += ("-e", f"{key}={value}")
        server = self.container(
            name,
            *("--hostname", hostname or f"mail.{name}.test", "-v", f"{folder}:/tmp/docker-mailserver"),
            *("--read-only", "--tmpfs", "/run", "--tmpfs", "/tmp", "--cap-drop", "ALL"),
            *("--security-opt", "no-new-privileges", "--stop-timeout", "30", *options),
            image=image,
            ip=ip,
        )  # fmt: skip
        server.config = folder
        server.wait_ready(*ready)
        return server

    def forget(self, server: Server) -> None:
        """Removes one container with its anonymous volumes."""
        self._end_sessions(server)
        docker("rm", "-f", "-v", server.name, check=False)

    def close(self) -> None:
        """Nothing of the lab is left afterwards."""
        self._end_sessions(*self.servers)
        docker("rm", "-f", "-v", *reversed(self.made), check=False)
        if volumes := docker("volume", "ls", "-q", "--filter", f"name={self.name}", check=False).split():
            docker("volume", "rm", "-f", *volumes, check=False)
        docker("network", "rm", self.name, check=False)
        for folder in self.folders:
            folder.cleanup()

    @staticmethod
    def _end_sessions(*servers: Server) -> None:
        for server in servers:
            if server.sessions:
                server.sessions.end()
