"""RowsByKey: the rows of a file by their key, and the Problems found so far."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile


class Placed(Protocol):
    """A parsed row that knows its place."""

    @property
    def where(self) -> str:
        """``file:line``."""


K = TypeVar("K", bound=Hashable)
R = TypeVar("R", bound=Placed)
Again = Callable[[K, R, R], tuple[R, Problem]]


@dataclass(frozen=True)
class Refused:
    """The first row of a key counts; a second one is a Problem: the key ``already`` (has a quota)."""

    already: str

    def __call__(self, key: Hashable, first: R, second: R) -> tuple[R, Problem]:
        """The first row, and the Problem of the second."""
        return first, Problem(second.where, f"{key} {self.already} already", f"see {first.where}")


@dataclass
class RowsByKey(Generic[K, R]):
    """Rows by ``key``. For a second row of a key ``again`` returns the row that counts and a Problem."""

    key: Callable[[R], K]
    again: Again[K, R]
    rows: dict[K, R] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, parsed: R | Problem) -> bool:
        """Adds a parsed row or its Problem; True if it is the first row of its key."""
        if isinstance(parsed, Problem):
            self.problems.append(parsed)
            return False
        key = self.key(parsed)
        if key not in self.rows:
            self.rows[key] = parsed
            return True
        self.rows[key], problem = self.again(key, self.rows[key], parsed)
        self.problems.append(problem)
        return False

    def copy(self) -> RowsByKey[K, R]:
        """The same rows and Problems, to add others to."""
        return RowsByKey(self.key, self.again, dict(self.rows), list(self.problems))

    def result(self) -> tuple[list[R], list[Problem]]:
        """The rows in their order, and the Problems in theirs."""
        return list(self.rows.values()), list(self.problems)


def continues(text: str, before: str) -> bool:
    """Whether ``text`` is ``before`` with more lines at its end."""
    return before.endswith("\n") and text.startswith(before)


# The text of each file and its rows: one row more does not parse a million others again.
LAST: dict[tuple[str, Callable[[str, str], Any]], tuple[str, RowsByKey[Any, Any]]] = {}


def rows_by_key(
    file: TextFile, parse: Callable[[str, str], R | Problem], key: Callable[[R], K], again: Again[K, R]
) -> tuple[list[R], list[Problem]]:
    """The rows of ``file``, one for each key. ``parse`` turns a line and its place into a row or a Problem."""
    before, last = LAST.get((file.name, parse), ("", RowsByKey(key, again)))
    known = before if continues(file.text, before) and last.again == again else ""
    rows = last.copy() if known else RowsByKey(key, again)
    for number, line in file.rows(after=known):
        rows.add(parse(line, file.at(number)))
    LAST[file.name, parse] = file.text, rows
    return rows.result()
