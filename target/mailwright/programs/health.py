"""The container's health check: every program runs and every open port says its greeting.

Imports little, since Docker starts it anew for each check.
"""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mailwright.apply.outcome import Outcome
from mailwright.core import paths
from mailwright.host.log_line import line
from mailwright.host.supervisor import supervisor

PROBES = "supervisor/probes"
TIMEOUT = 8.0  # seconds; a Postfix whose resolver is dead takes some to greet
RUNNING = ("RUNNING", "STARTING")


def main() -> int:
    """Prints what is wrong, on the container's log too, and gives Docker's exit code."""
    findings = list(unhealthy(Path("/etc", PROBES)))
    for finding in findings:
        print(finding)
    for problem in (waiting := Outcome.load().problems):
        print(f"not live, since it is wrong: {problem}")
    if not findings:
        print("healthy" + (", with the configuration before that" if waiting else ""))
        return 0
    with Path(paths.STREAM).open("a", encoding="utf-8") as stream:
        stream.write(line("mailwright", f"error: unhealthy: {'; '.join(findings)}"))
    return 1


def unhealthy(probes: Path) -> Iterator[str]:
    """One line for each program that does not run and each port that does not greet."""
    try:
        yield from stopped_programs()
        lines = probes.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        yield f"supervisord does not answer: {error.strerror or error}"
        return
    with ThreadPoolExecutor(8) as pool:
        yield from filter(None, pool.map(silent_port, lines))


def stopped_programs() -> Iterator[str]:
    """``postfix is FATAL: …`` for each program that supervisord could not keep running."""
    for state in supervisor().getAllProcessInfo():
        if state["statename"] not in RUNNING:
            yield f"{state['name']} is {state['statename']}: {state['spawnerr'] or state['description']}"


def silent_port(line: str) -> str:
    """Why the port of one line of the probes file does not answer, or nothing."""
    service, name, host, number, security, greeting = line.split(" ", 5)
    place = f"{service}: port {number} ({name})"
    try:
        with socket.create_connection((host, int(number)), TIMEOUT) as plain:
            connection = _tls().wrap_socket(plain) if security == "tls" else plain
            said = connection.recv(512).decode("ascii", "replace")
            connection.sendall(b"a LOGOUT\r\n" if greeting.startswith("*") else b"QUIT\r\n")
            connection.recv(512)
    except OSError as error:
        return f"{place} does not answer: {error}"
    return "" if said.startswith(greeting) else f"{place} says {said.strip()!r}, not {greeting!r}"


def _tls() -> ssl.SSLContext:
    """TLS without verification: the question is whether it speaks, not to whom."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    sys.exit(main())
