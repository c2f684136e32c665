"""Service: a daemon, declared once. Everything else about it is derived from the declaration."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mailwright.core.problems import Problem
from mailwright.core.tree import File
from mailwright.model.mailserver import Mailserver


@dataclass(frozen=True, slots=True)
class Port:
    """A TCP port that a service listens on, and whether this server opens it (``switch`` is its setting)."""

    name: str
    number: int
    tls: str  # "STARTTLS", "TLS" (from the first byte) or "-"
    purpose: str
    switch: str
    enabled: Callable[[Mailserver], bool]
    greeting: str  # what the server says first, inside TLS where that comes first; nothing if the client speaks first


@dataclass(frozen=True, slots=True)
class Program:
    """What supervisord runs and as whom, how many seconds it gets to stop, whether its children are told so too."""

    command: str
    stopwait: int = 5
    whole_group: bool = False
    user: str = "root"


@dataclass(frozen=True, slots=True)
class Check:
    """A daemon's own checker: run against a staged tree, any word on stderr is a Problem.

    ``{etc}`` in the command is the folder that holds postfix/, dovecot/ and the like.
    """

    command: tuple[str, ...]
    quiet: tuple[str, ...] = ()  # beginnings of lines on stderr that say nothing
    mild: tuple[str, ...] = ()  # words of lines that warn of something that works
    judge: Callable[[Mailserver, str], Iterable[Problem]] | None = None  # what it prints on stdout, judged by us


@dataclass(frozen=True, slots=True)
class Reload:
    """How a running service takes up a changed configuration, and what it takes up only by a restart.

    ``restarts`` are parameters in the files ``paths`` that the daemon takes up at a start only, and ``blocks`` the
    kinds of named blocks that come and go only then. Without a command every change is a restart.
    """

    command: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()


def always(_: Mailserver) -> bool:
    """Enabled whatever the settings say."""
    return True


@dataclass(frozen=True, slots=True)
class Service:
    """One daemon: its files, program, checks and ports. The order of SERVICES is the order of the start."""

    name: str
    summary: str
    files: Callable[[Mailserver, str], Iterable[File]]  # pure; the text is the folder that stands for /etc
    program: Callable[[Mailserver], Program]
    enabled: Callable[[Mailserver], bool] = always
    reload: Reload = Reload()
    checks: tuple[Check, ...] = ()
    ports: tuple[Port, ...] = ()
