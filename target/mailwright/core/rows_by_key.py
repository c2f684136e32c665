"""RowsByKey: the rows of a file by their key, and the Problems found so far."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

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


def refused(already: str) -> Again[K, R]:
    """The first row of a key counts; a second one is a Problem: the key ``already`` (has a quota)."""

    def again(key: K, first: R, second: R) -> tuple[R, Problem]:
        return first, Problem(second.where, f"{key} {already} already", f"see {first.where}")

    return again


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

    def result(self) -> tuple[list[R], list[Problem]]:
        """The rows in their order, and the Problems in theirs."""
        return list(self.rows.values()), list(self.problems)


def rows_by_key(
    file: TextFile, parse: Callable[[str, str], R | Problem], key: Callable[[R], K], again: Again[K, R]
) -> tuple[list[R], list[Problem]]:
    """The rows of ``file``, one for each key. ``parse`` turns a line and its place into a row or a Problem."""
    rows = RowsByKey(key, again)
    for number, line in file.rows():
        rows.add(parse(line, file.at(number)))
    return rows.result()
