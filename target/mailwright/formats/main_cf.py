"""main.cf's syntax (postconf(5)): logical lines of the operator's ``postfix-main.cf``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailwright.core.problems import Problem, shown_name
from mailwright.core.textfile import TextFile

REFERENCE = re.compile(r"\$[({]?(\w+)")
# A transport lends its name to parameters: policyd-spf_time_limit.
PARAMETER = re.compile(r"([A-Za-z0-9_.-]+)\s*=\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One ``name = value``, continued lines joined, and the line that it begins on."""

    name: str
    value: str
    line: int


def parameters(file: TextFile) -> tuple[list[Parameter], list[Problem]]:
    """The parameters that ``file`` sets, in its order, and a Problem for each logical line that is not one."""
    by_name: dict[str, Parameter] = {}
    problems = []
    for line, text in _logical_lines(file):
        match = PARAMETER.fullmatch(text)
        if not match:
            what = (
                "begins with a blank, but there is no line before it to continue"
                if text[0].isspace()
                else f"{shown_name(text)} is not of the form name = value"
            )
            problems.append(Problem(file.at(line), what))
            continue
        name, value = match[1], match[2].strip()
        if name in by_name:
            problems.append(Problem(file.at(line), f"{name} is set in line {by_name[name].line} too", "keep one"))
        by_name[name] = Parameter(name, value, line)
    return list(by_name.values()), problems


def _logical_lines(file: TextFile) -> list[tuple[int, str]]:
    """Lines joined as postconf(5) says: a line that starts with white space continues, comments don't end it."""
    logical: list[tuple[int, str]] = []
    for number, line in file.lines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace() and logical:
            first, text = logical[-1]
            logical[-1] = (first, f"{text} {line.strip()}")
        else:
            logical.append((number, line.rstrip()))
    return logical


def without(rendered: str, overridden: Iterable[Parameter], override: TextFile) -> str:
    """``rendered`` main.cf without the overridden parameters; a comment in place of each names the file and line."""
    return _replacing(rendered, {each.name: f"# {each.name}: see {override.at(each.line)}\n" for each in overridden})


def without_unused(text: str, helpers: re.Pattern[str], elsewhere: str) -> str:
    """main.cf's ``text`` without those ``helpers`` that neither it nor the text ``elsewhere`` refers to as $name."""
    while True:
        used = {
            name
            for line in f"{text}\n{elsewhere}".splitlines()
            if not line.lstrip().startswith("#")
            for name in REFERENCE.findall(line)
        }
        names = [line.partition("=")[0].strip() for line in text.splitlines() if helpers.match(line)]
        unused = [name for name in names if name not in used]
        if not unused:
            return text
        text = _replacing(text, {name: f"# {name}: not used\n" for name in unused})


def _replacing(text: str, instead: Mapping[str, str]) -> str:
    """``text`` with another line in place of each parameter named in ``instead``, and of the lines that continue it."""
    kept: list[str] = []
    dropping = False
    for line in text.splitlines(keepends=True):
        name = line.partition("=")[0].strip()
        if line[0].isspace() and line.strip():
            if not dropping:
                kept.append(line)
            continue
        dropping = name in instead and not line.startswith("#")
        kept.append(instead[name] if dropping else line)
    return "".join(kept)
