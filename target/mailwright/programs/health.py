"""The container's health check: every program runs and every open port says its greeting.

Imports little, since Docker starts it anew for each check.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mailwright.apply.outcome import Outcome
from mailwright.core import paths
from mailwright.host.log_line import line
from mailwright.observe.ports import PROBES, silent_port, stopped_programs


def main() -> int:
    """Prints what is wrong, on the container's log too, and gives Docker's exit code."""
    findings = list(unhealthy(PROBES))
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


if __name__ == "__main__":
    sys.exit(main())
