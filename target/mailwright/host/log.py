"""Log: Mailwright's own lines in the container's stream, in the form of the daemons' log lines."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from mailwright.core.problems import Problem, printable
from mailwright.host.log_line import line

LEVELS = ("error", "warn", "info", "debug", "trace")


class Log:
    """Lines of the stream on standard output; lines beyond ``level`` are left out."""

    def __init__(self) -> None:
        self.level = "info"
        self.as_json: bool | None = None  # as the running configuration has it

    def say(self, level: str, text: str) -> None:
        """One line, unless ``level`` is beyond what LOG_LEVEL asks for."""
        if LEVELS.index(level) > LEVELS.index(self.level):
            return
        mark = "" if level == "info" else f"{level}: "
        sys.stdout.write(line("mailwright", mark + printable(text), as_json=self.as_json))
        sys.stdout.flush()

    def problems(self, problems: Iterable[Problem]) -> None:
        """One line for each Problem; errors last, where a reader looks first."""
        for problem in sorted(problems, key=lambda problem: not problem.warning):
            self.say("warn" if problem.warning else "error", str(problem))
