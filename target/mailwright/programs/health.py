"""The container's health check: every program runs and does its work, and every open port sends its greeting.

It fails too while a file of accounts is lost: they live on in this container only, until its next start; and while a
signal has stopped a process, of which its clients would notice late or never; and while a volume is full.

During a start or a stop it fails without an error in the log.

Imports little, since Docker starts it anew for each check.
"""

from __future__ import annotations

import os
import sys
import xmlrpc.client
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from xml.parsers.expat import ExpatError

from mailwright.apply.outcome import Outcome
from mailwright.core import paths
from mailwright.core.endpoints import Inet
from mailwright.core.problems import printable
from mailwright.host.failures import guarded
from mailwright.host.log_line import line
from mailwright.host.supervisor import supervisor
from mailwright.observe.dialogues import DIALOGUES, failed
from mailwright.observe.full_volumes import full_volumes
from mailwright.observe.ports import PROBES, RUNNING, State, silent_port, stopped
from mailwright.observe.processes import stopped_processes

PATIENCE = 10  # seconds from a program's first start until its ports must greet: Docker's start period


def main() -> int:
    """Prints the findings, also to the container's log, and returns Docker's exit code."""
    outcome = Outcome.load()
    findings, passing = examined(PROBES, DIALOGUES)
    findings += [*stopped_processes(), *full_volumes(), *outcome.lost]
    for finding in (*findings, *passing):
        print(printable(finding))
    for problem in outcome.problems:
        if problem not in findings:
            print(printable(f"not applied: {problem}"))
    remember(is_healthy=not findings and not passing)
    if findings:
        complain(findings)
    elif not passing:
        print("healthy" + (", running the previous configuration" if outcome.problems else ""))
    return 1 if findings or passing else 0


def remember(*, is_healthy: bool) -> None:
    """Leaves the verdict for the web server's /health, which has no rights to look so closely."""
    with suppress(OSError):
        Path(paths.VERDICT).write_text("healthy\n" if is_healthy else "unhealthy\n", encoding="ascii")


def complain(findings: Iterable[str]) -> None:
    """Writes the findings to the container's log, if it exists and can be written."""
    with suppress(OSError), open(paths.STREAM, "a", encoding="utf-8", opener=_existing) as stream:
        stream.write(line("mailwright", printable(f"error: unhealthy: {'; '.join(findings)}")))


def _existing(path: str, flags: int) -> int:
    """Opens an existing file only: boot makes the stream, and would fail on a file in its place."""
    return os.open(path, flags & ~os.O_CREAT)


def examined(probes: Path, dialogues: Path) -> tuple[list[str], list[str]]:
    """What does not run, greet or do its work: what is an error, and what belongs to a start or a stop."""
    try:
        states = supervisor().getAllProcessInfo()
        talks = dialogues.read_text(encoding="utf-8").splitlines()
        ports = [port for port in probes.read_text(encoding="utf-8").splitlines() if not has_dialogue(port, talks)]
    except FileNotFoundError as error:
        return [], [f"supervisord does not answer: {error.strerror}"]  # not yet: boot starts it last
    except xmlrpc.client.Fault:
        return [], ["the server is stopping"]
    except (OSError, HTTPException, ExpatError, xmlrpc.client.Error) as error:
        return [f"supervisord does not answer: {getattr(error, 'strerror', None) or error}"], []
    young = {state["name"] for state in states if is_young(state)}
    with ThreadPoolExecutor(8) as pool:
        silent, failures = pool.map(silent_port, ports), pool.map(failed, talks)
        results = [
            *((state["name"], stopped(state)) for state in states),
            *((port.split(" ", 1)[0], reason) for port, reason in zip(ports, silent, strict=True)),
            *((talk.split(" ", 1)[0], reason) for talk, reason in zip(talks, failures, strict=True)),
        ]
    lists: tuple[list[str], list[str]] = ([], [])
    for name, reason in results:
        if reason:
            lists[name in young].append(reason)
    return lists


def has_dialogue(port: str, dialogues: Iterable[str]) -> bool:
    """Whether one of ``dialogues`` is on the port of a line of the probes file."""
    _, _, host, number, _ = port.split(" ", 4)
    address = str(Inet(host, int(number)))
    return any(dialogue.split(" ")[2] == address for dialogue in dialogues)


def is_young(state: State) -> bool:
    """Whether a program is in its first start, or waits for it."""
    never_ended = not state["stop"] and state["statename"] in ("STOPPED", *RUNNING)
    return never_ended and (not state["start"] or state["now"] - state["start"] < PATIENCE)


if __name__ == "__main__":
    sys.exit(guarded(main, print))
