"""Causes: why a pass over the configuration is made.

Imports little, since the outcome of the last pass holds them and the health check reads that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailwright.core import paths
from mailwright.core.values import enumerated

NETWORKS = "the container's networks"  # a cause like the name of a file
ASK = b"live?"  # begins what an editing command says on the watch socket
LONGEST = 200  # characters of a command
NAMED = 3  # files or commands in one sentence


@dataclass(frozen=True, slots=True)
class Causes:
    """Commands that asked for a pass, files that changed since the last one, and other events, such as a start."""

    commands: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    events: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.commands or self.files or self.events)

    def joined(self, later: Causes) -> Causes:
        """These causes and ``later`` ones, each once."""
        return Causes(
            _once(self.commands + later.commands), _once(self.files + later.files), _once(self.events + later.events)
        )

    def texts(self) -> tuple[str, ...]:
        """Each cause by itself: ``mailserver.env changed``, ``setup email add bob@example.com``, ``start``."""
        return (*self.commands, *(f"{name} changed" for name in self.files), *self.events)

    def clause(self) -> str:
        """``because mailserver.env changed``."""
        reasons = [f"{listed(self.files)} changed"] if self.files else []
        reasons += [f"of {listed(self.commands)}"] if self.commands else []
        return " and ".join(f"because {reason}" for reason in (*reasons, *self.events))


def of_certificate(path: str) -> str:
    """What a file is to the operator who has its certificate from a CA: ``the certificate of mail.example.com``."""
    folder, _, file = path.rpartition("/")
    if folder != paths.ACME_LIVE:
        return ""
    name = file.removesuffix(".next.pub")
    return f"the next key of {name}" if name != file else f"the certificate of {file.removesuffix('.pem')}"


def listed(names: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b, c and 4 more``."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return enumerated(names)


def request(command: str, files: Iterable[str]) -> bytes:
    """The line that asks for a pass: ``command`` has edited ``files`` (names below the config folder)."""
    short = command if len(command) <= LONGEST else command[:LONGEST] + "…"
    return ASK + b" " + json.dumps({"command": short, "files": list(files)}).encode() + b"\n"


def requested(line: bytes) -> Causes:
    """The command and the files that ``line`` names; none when it does not say."""
    try:
        content = json.loads(line.removeprefix(ASK))
        return Causes((str(content["command"]),), tuple(str(name) for name in content["files"]))
    except (ValueError, KeyError, TypeError):
        return Causes()


def causes(changed: Iterable[str], requests: Iterable[bytes]) -> Causes:
    """The causes of a pass: the commands of ``requests``, and the ``changed`` files that no command has edited."""
    asked = [requested(line) for line in requests]
    commands = tuple(command for cause in asked for command in cause.commands)
    done = edited(asked)
    return Causes(_once(commands), tuple(name for name in changed if name not in done))


def edited(asked: Iterable[Causes]) -> frozenset[str]:
    """The files that the commands of ``asked`` have edited."""
    return frozenset(name for cause in asked for name in cause.files)


def _once(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
