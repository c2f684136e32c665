"""Programs that do not run, and ports that do not greet.

Imports little, since the health check uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mailwright.core import paths
from mailwright.host.supervisor import supervisor
from mailwright.observe.conversation import Conversation

PROBES = Path("/etc", paths.PROBES)
RUNNING = ("RUNNING", "STARTING")
State = Mapping[str, Any]  # of one program, as supervisord tells it


def silent_ports() -> list[str]:
    """Why each port that should be open does not greet."""
    lines = PROBES.read_text(encoding="utf-8").splitlines() if PROBES.exists() else []
    with ThreadPoolExecutor(8) as pool:
        return [reason for reason in pool.map(silent_port, lines) if reason]


def stopped_programs() -> Iterator[str]:
    """``postfix is FATAL: …`` for each program that supervisord could not keep running."""
    return filter(None, map(stopped, supervisor().getAllProcessInfo()))


def stopped(state: State) -> str:
    """``postfix is FATAL: …`` if the program does not run, else nothing."""
    if state["statename"] in RUNNING:
        return ""
    return f"{state['name']} is {state['statename']}: {state['spawnerr'] or state['description']}"


def silent_port(line: str) -> str:
    """Why the port of one line of the probes file does not answer, or nothing."""
    service, name, host, number, security, greeting = line.split(" ", 5)
    place = f"{service}: port {number} ({name})"
    try:
        with Conversation(f"{host}:{number}", security) as client:
            if greeting.startswith("HTTP/"):
                client.say("GET /health HTTP/1.0\r\n")
            banner = client.connection.recv(512).decode("ascii", "replace")
            # A server that puts off everybody (421) has ended the connection.
            if not greeting.startswith("HTTP/") and not banner.startswith("421"):
                client.say("a LOGOUT" if greeting.startswith("*") else "QUIT")
                client.connection.recv(512)
    except OSError as error:
        return f"{place} does not answer: {error}"
    return "" if banner.startswith(tuple(greeting.split("|"))) else f"{place} says {banner.strip()!r}, not {greeting!r}"
