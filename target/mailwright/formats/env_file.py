"""The environment: process variables over VAR__FILE over mailserver.env, each value with its origin."""

from __future__ import annotations

from collections.abc import Container, Mapping
from io import StringIO

from dotenv.parser import Binding, parse_stream

from mailwright.core.problems import Problem
from mailwright.core.textfile import CONTROL, TextFile
from mailwright.core.values import Said

SUFFIX = "__FILE"


def statements(file: TextFile) -> list[tuple[str, Said]]:
    """Every ``NAME=value`` of ``file`` in its order, those that a later line wins over too."""
    return [
        (binding.key, Said(binding.value, _where(file, binding)))
        for binding in parse_stream(StringIO(file.text))
        if binding.key is not None and binding.value is not None and not binding.error
    ]


def _where(file: TextFile, binding: Binding) -> str:
    """The line of ``file`` that ``binding`` begins on."""
    leading = binding.original.string[: len(binding.original.string) - len(binding.original.string.lstrip())]
    return file.at(binding.original.line + leading.count("\n"))


def env_file_values(file: TextFile) -> tuple[dict[str, Said], list[Problem]]:
    """The variables of ``mailserver.env`` (dotenv syntax, no interpolation); the last of two wins, and is told."""
    values: dict[str, Said] = {}
    problems = []
    for binding in parse_stream(StringIO(file.text)):
        where = _where(file, binding)
        if binding.error or (binding.key is not None and binding.value is None):
            problems.append(Problem(where, "is not a line of the form NAME=value"))
        elif binding.key is not None:
            if binding.key in values:
                first = values[binding.key].origin
                problems.append(Problem(where, f"{binding.key}: is set twice; this line wins over {first}", "", True))
            values[binding.key] = Said(binding.value or "", where)
    return values, problems


def merged(environ: Mapping[str, str], env_file: Mapping[str, Said]) -> dict[str, Said]:
    """Both sources, ``environ`` winning; an empty value means unset."""
    said = {name: value for name, value in env_file.items() if value.text}
    return said | {name: Said(text, "environment") for name, text in environ.items() if text}


def secret_paths(values: Mapping[str, Said], known: Container[str]) -> dict[str, str]:
    """Name → path for every ``NAME__FILE`` of a known ``NAME`` that is not set itself."""
    found = {name.removesuffix(SUFFIX): said.text for name, said in values.items() if name.endswith(SUFFIX)}
    return {name: path for name, path in found.items() if name in known and name not in values}


def with_secrets(
    values: Mapping[str, Said], secrets: Mapping[str, str | None], known: Container[str]
) -> tuple[dict[str, Said], list[Problem]]:
    """``values`` with each known ``NAME__FILE`` replaced by its file's content (None: could not be read)."""
    resolved = dict(values)
    problems = []
    for variable, said in values.items():
        name = variable.removesuffix(SUFFIX)
        if name == variable or name not in known:
            continue
        del resolved[variable]
        content = secrets.get(said.text)
        if name in values:
            problems.append(Problem(said.origin, f"{variable}: {name} is set too and wins", "", True))
        elif content is None:
            problems.append(Problem(said.origin, f"{variable}: {said.text} can't be read"))
        else:
            resolved[name] = Said(content.rstrip("\r\n"), f"{said.origin} ({said.text})")
    return resolved, problems


def control_characters(name: str, value: Said) -> Problem | None:
    """The Problem of a value with a line break or control character, which could break out of a file."""
    bad = CONTROL.search(value.text.replace("\n", "\x0b").replace("\t", "\x0b"))
    if not bad:
        return None
    return Problem(value.origin, f"{name}: has a line break or control character")
