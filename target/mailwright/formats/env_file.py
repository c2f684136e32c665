"""mailserver.env: lines of NAME=value in dotenv's syntax, without interpolation."""

from __future__ import annotations

from io import StringIO

from dotenv.parser import Binding, parse_stream

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.core.values import Value

Statement = tuple[str, Value]  # the variable's name and its value


def statements(file: TextFile) -> tuple[list[Statement], list[Problem]]:
    """Every ``NAME=value`` of ``file`` in its order, and a Problem for each other line and each name set twice."""
    parsed: list[Statement] = []
    origins: dict[str, str] = {}
    problems = []
    for binding in parse_stream(StringIO(file.text)):
        where = _where(file, binding)
        if binding.error or (binding.key is not None and binding.value is None):
            problems.append(Problem(where, "is not a line of the form NAME=value"))
        elif binding.key is not None:
            if first := origins.get(binding.key):
                problems.append(Problem(where, f"{binding.key}: is set twice; this line wins over {first}", "", True))
            origins[binding.key] = where
            parsed.append((binding.key, Value(binding.value or "", where)))
    return parsed, problems


def _where(file: TextFile, binding: Binding) -> str:
    """The line of ``file`` on which ``binding`` begins."""
    leading = binding.original.string[: len(binding.original.string) - len(binding.original.string.lstrip())]
    return file.at(binding.original.line + leading.count("\n"))
