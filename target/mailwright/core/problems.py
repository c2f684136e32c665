"""Problems: what is wrong with the operator's input, and the exit codes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, TypeVar

from mailwright.core import values

T = TypeVar("T")
NAME_END = re.compile(r"[\s|:;,{$]")


class Exit(IntEnum):
    """Exit codes of every command (78 is EX_CONFIG of sysexits.h)."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    CONFIGURATION = 78


class Problem(NamedTuple):
    """One mistake: where it is, what it is, and how to solve it.

    ``where`` is a file of the operator with its line (``postfix-virtual.cf:3``) or ``environment``.
    A ``warning`` is shown but does not keep the server from starting.
    """

    where: str
    what: str
    hint: str = ""
    warning: bool = False

    def __str__(self) -> str:
        hint = self.hint if self.hint.endswith("?") else f"hint: {self.hint}"
        return printable(f"{self.where}: {self.what}" + (f" ({hint})" if self.hint else ""))


@dataclass
class ConfigurationError(Exception):
    """The input is refused; holds every Problem found, warnings too."""

    problems: Sequence[Problem] = field(default_factory=tuple)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class Findings(list[Problem]):
    """The Problems found so far during parsing."""

    def keep(self, parsed: tuple[T, Iterable[Problem]]) -> T:
        """The value of a parser's result; its Problems are kept."""
        value, problems = parsed
        self.extend(problems)
        return value


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """The Problems that keep a configuration from being used."""
    return [problem for problem in problems if not problem.warning]


def warnings(problems: Iterable[Problem]) -> list[Problem]:
    """The Problems that are only shown."""
    return [problem for problem in problems if problem.warning]


def printable(text: str) -> str:
    """``text`` on one line. Control characters become escapes, so that no input can forge a log line."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def printable_lines(text: str) -> str:
    """``text`` with its line ends and tabs. Other control characters are escapes: no input can steer a terminal."""
    return "".join(part if part in "\n\t" else printable(part) for part in re.split(r"([\n\t])", text))


def shown(value: str, limit: int = 60) -> str:
    """``value`` quoted for a message, cut after ``limit`` characters."""
    return repr(value if len(value) <= limit else value[:limit] + "…")


def shown_name(row: str, limit: int = 60) -> str:
    """The name that ``row`` begins with, quoted for a message: what follows may be a password."""
    match = NAME_END.search(row)
    return shown(row, min(limit, match.start() if match else limit))


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.8) -> str:
    """``did you mean X?`` for the known word nearest to ``word``, or nothing. Case does not count."""
    by_form = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), by_form, n=1, cutoff=cutoff)
    return f"did you mean {by_form[near[0]]}?" if near else ""


def counted(problems: Sequence[Problem]) -> str:
    """``1 problem``, ``4 problems``."""
    return values.amount(len(problems), "problem")
