"""Mailwright's own words, in the form of the daemons' log lines."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterable
from datetime import datetime

from mailwright.problems import Problem, printable

LEVELS = ("error", "warn", "info", "debug", "trace")


class Log:
    """Lines on standard output as rsyslog writes them: time, host, program, text; ``level`` is the chattiest shown."""

    def __init__(self) -> None:
        self.level = "info"

    def say(self, level: str, text: str) -> None:
        """One line, unless ``level`` is beyond what LOG_LEVEL asks for."""
        if LEVELS.index(level) > LEVELS.index(self.level):
            return
        now = datetime.now().astimezone().isoformat(timespec="microseconds")
        mark = "" if level == "info" else f"{level}: "
        sys.stdout.write(f"{now} {socket.gethostname()} mailwright: {mark}{printable(text)}\n")
        sys.stdout.flush()

    def problems(self, problems: Iterable[Problem]) -> None:
        """One line a Problem, those that stop the start last, where a reader looks first."""
        for problem in sorted(problems, key=lambda problem: not problem.warning):
            self.say("warn" if problem.warning else "error", str(problem))
