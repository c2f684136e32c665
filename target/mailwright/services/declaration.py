"""Service: a daemon, declared once. Everything else about it is derived from the declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailwright.core.endpoints import Address, Inet, Sockets
from mailwright.core.problems import Problem
from mailwright.core.tree import File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.settings import Settings

# What POSTFIX_INET_PROTOCOLS and DOVECOT_INET_PROTOCOLS mean: * is every IPv4 address, :: every IPv6 address.
INET_PROTOCOLS: Mapping[str, tuple[str, ...]] = {"all": ("*", "::"), "ipv4": ("*",), "ipv6": ("::",)}
NGINX_LISTEN: Mapping[str, str] = {"*": "", "::": "[::]:"}  # each as nginx has it before a port
LOOPBACK: Mapping[str, str] = {"*": "127.0.0.1", "::": "::1"}


def all_addresses(_: Mailserver) -> tuple[str, ...]:
    """Every IPv4 and every IPv6 address."""
    return INET_PROTOCOLS["all"]


def never(_: Mailserver) -> bool:
    """With no setting."""
    return False


def few(_: Mailserver) -> int:
    """So many processes has a service that starts none for each client."""
    return 5


def no_checks(_mailserver: Mailserver) -> Iterable[Check]:
    """No checks."""
    return ()


def no_dialogues(_: Mailserver) -> tuple[Dialogue, ...]:
    """No dialogue: the greeting of its ports is all that the health check asks."""
    return ()


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port that a service listens on, and whether this server opens it (``switch`` is its setting)."""

    name: str
    number: int
    tls: str  # "STARTTLS", "TLS" (from the first byte) or "-"
    purpose: str
    switch: str
    enabled: Callable[[Mailserver], bool]
    greeting: str  # what the server sends first, inside TLS if that comes first; empty if the client sends first
    listen: Callable[[Mailserver], tuple[str, ...]] = all_addresses
    proxied: Callable[[Mailserver], bool] = never  # whether an override makes it expect the PROXY protocol

    def local_address(self, mailserver: Mailserver) -> str:
        """The address on which the health check reaches the port from inside the container."""
        address = self.listen(mailserver)[0]
        return LOOPBACK.get(address, address)

    def security(self, mailserver: Mailserver) -> str:
        """How the health check begins: ``plain`` or ``tls``, with ``+proxy`` if the port expects a PROXY header."""
        return ("tls" if self.tls == "TLS" else "plain") + ("+proxy" if self.proxied(mailserver) else "")

    def dialogue(self, mailserver: Mailserver, kind: str, argument: str = "-") -> Dialogue:
        """The dialogue of ``kind`` on this port."""
        address = Inet(self.local_address(mailserver), self.number)
        return Dialogue(kind, str(address), self.security(mailserver), argument)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What the health check does with a daemon: a kind of observe/dialogues.py, and where."""

    kind: str
    address: str
    security: str = "plain"
    argument: str = "-"


@dataclass(frozen=True, slots=True)
class Program:
    """What supervisord runs, as which user, its seconds to stop, and whether its children get the signal too.

    If memory is short, the kernel ends the largest process. ``gives_way`` thousandths of the container's memory are
    added to the size of this program's processes (oom_score_adj, proc_pid_oom_score_adj(5)), so that they end first.
    """

    command: str
    stopwait: int = 5
    whole_group: bool = False
    user: str = "root"
    gives_way: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """A daemon's own checker, run against a staged tree: services/verdicts.py tells what its lines on stderr mean.

    ``{etc}`` in the command is the folder that holds postfix/, dovecot/ and the like.
    """

    command: tuple[str, ...]
    judge: Callable[[Mailserver, str], Iterable[Problem]] | None = None  # the Problems in what it prints on stdout
    where: str = ""  # the override that it tries, for a line that names no rendered file
    ends_at_first: tuple[
        str, ...
    ] = ()  # all files that it reads if it ends at the first mistake; the last: the override
    late: bool = False  # until user-patches.sh has run, what it says is a warning
    program: str = ""  # the checker, if it is not the first word of the command
    reads: tuple[str, ...] = ()  # beginnings of the paths of all files that it reads, if nothing else counts
    queries: bool = False  # it looks something up: exit code 1 says that nothing was found
    merged: bool = False  # it sees all files as one: what it judges is left out if another check names the line

    @property
    def checker(self) -> str:
        """The name of the checker in the table of verdicts."""
        return self.program or self.command[0]


@dataclass(frozen=True, slots=True)
class Reload:
    """How a running service takes up a changed configuration, and what it takes up only by a restart.

    ``restarts`` are parameters in the files ``paths`` that the daemon reads at its start only; ``blocks`` are kinds of
    named blocks that appear and disappear at a start only. Without a command every change is a restart.
    """

    command: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class User:
    """A user of the image and its group of the same name. The number never changes: files on volumes belong to it."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the image without a user of its name."""

    name: str
    number: int


def always(_: Mailserver) -> bool:
    """Enabled with every setting."""
    return True


def no_folders(_settings: Settings, _sockets: Sockets) -> tuple[Folder, ...]:
    """No folder."""
    return ()


def socket_folder(address: Address, owner: str) -> Iterator[Folder]:
    """The folder of a socket that ``owner``'s user makes and its group may reach; none for a host and port."""
    if address.folder:
        yield Folder(address.folder, owner, 0o750)


@dataclass(frozen=True, slots=True)
class Service:
    """One daemon and everything that the rest of the program and the image must know of it."""

    name: str
    summary: str
    start: int  # supervisord's priority: lower numbers start first and stop last
    files: Callable[[Mailserver, str], Iterable[File]]  # pure; the text is the folder that stands for /etc
    program: Callable[[Mailserver], Program]
    enabled: Callable[[Mailserver], bool] = always
    state: Callable[[Settings, Sockets], Iterable[Folder]] = no_folders  # what must exist before it starts
    early: tuple[str, ...] = ()  # runs beside the rest of a start, once ``state`` exists; its program waits for it
    reload: Reload = Reload()
    checks: tuple[Check, ...] = ()
    tries: Callable[[Mailserver], Iterable[Check]] = no_checks  # of what this Mailserver's overrides name
    ports: tuple[Port, ...] = ()
    dialogues: Callable[[Mailserver], Iterable[Dialogue]] = no_dialogues  # what the health check does with it
    etc: tuple[str, ...] = ()  # its names below /etc, which the image links to the rendered tree
    packages: tuple[str, ...] = ()  # Debian's
    users: tuple[User, ...] = ()
    groups: tuple[Group, ...] = ()
    memory: int = 20  # MB under load, without what it shares with others
    processes: Callable[[Mailserver], int] = few  # at the most, as its configuration limits them
