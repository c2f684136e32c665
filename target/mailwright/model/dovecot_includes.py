"""Files that dovecot.cf includes. Dovecot reads copies: a change goes live, and a wrong one replaces nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mailwright.core import paths
from mailwright.core.problems import Findings, Problem
from mailwright.core.textfile import TextFile, decode
from mailwright.formats import dovecot_2_3, dovecot_places
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.sources import Sources

INCLUDE = re.compile(r"(?P<word>!include(?:_try)?)\s+\"?(?P<path>[^\s\"][^\"]*)\"?")
PATTERN = re.compile(r"[*?\[]")
ALTERNATIVES = "{"  # Dovecot reads such a pattern itself


@dataclass(frozen=True, slots=True)
class Included:
    """A line of dovecot.cf that includes files, and those of them that are copied, in Dovecot's order."""

    line: int
    path: str  # as it stands there
    files: tuple[TextFile, ...] = ()


def wanted_paths(sources: Sources, name: str) -> tuple[str, ...]:
    """The files and patterns that the file ``name`` of the config folder includes, where they lie."""
    file = ConfigFolder(sources.config).text(name)
    return tuple(_placed(path, sources.config_path) for _, path in lines(file) if _is_read(path)) if file else ()


def lines(file: TextFile) -> Iterator[tuple[int, str]]:
    """Number and path of each line that includes."""
    matches = ((number, INCLUDE.fullmatch(row)) for number, row in file.rows())
    return ((number, match["path"]) for number, match in matches if match)


def included(file: TextFile, sources: Sources) -> tuple[tuple[Included, ...], list[Problem]]:
    """What ``file`` includes, and the Problems with these files."""
    found, problems = [], Findings()
    for number, path in lines(file):
        contents = _matching(_placed(path, sources.config_path), sources) if _is_read(path) else {}
        below = f"{sources.config_path}/"
        texts = tuple(problems.keep(decode(name.removeprefix(below), each)) for name, each in contents.items())
        found.append(Included(number, path, texts))
        problems.extend(problem for text in texts for problem in mistakes(text))
    return tuple(found), problems


def mistakes(file: TextFile, *, accepted: bool = False) -> Iterator[Problem]:
    """A Problem for each line of ``file`` that is of Dovecot 2.3 or gives users one place."""
    old = list(dovecot_2_3.problems(file, accepted=accepted))
    yield from old
    known = {problem.where for problem in old}
    yield from (problem for problem in dovecot_places.shared(file) if problem.where not in known)


def with_copies(file: TextFile, includes: tuple[Included, ...], folder: str) -> str:
    """The text of ``file``, which includes the copies below ``folder`` in place of the files."""
    rows = file.text.split("\n")
    for each in includes:
        if each.files:
            rows[each.line - 1] = f"!include {folder}/{each.line}/*"
    return "\n".join(rows)


def copied(file: TextFile) -> str:
    """The text of a copy: what it includes by a relative path lies beside the original."""
    place = file.name if file.name.startswith("/") else f"{paths.CONFIG}/{file.name}"
    folder = place.rpartition("/")[0]
    rows = file.text.split("\n")
    for number, path in lines(file):
        if not path.startswith("/"):
            rows[number - 1] = rows[number - 1].replace(path, f"{folder}/{path}")
    return "\n".join(rows)


def _is_read(path: str) -> bool:
    return path.startswith("/") and ALTERNATIVES not in path


def _placed(path: str, config: str) -> str:
    """``path`` where it lies, if the config folder is ``config``."""
    below = path.removeprefix(f"{paths.CONFIG}/")
    return path if below == path else f"{config}/{below}"


def _matching(path: str, sources: Sources) -> dict[str, bytes]:
    """The files that were read for ``path``, in the order of their names."""
    known = {name: content for name, content in sorted(sources.files.items()) if isinstance(content, bytes)}
    if not PATTERN.search(path):
        return {path: known[path]} if path in known else {}
    return {name: content for name, content in known.items() if _matches(name.split("/"), path.split("/"))}


def _matches(parts: list[str], patterns: list[str]) -> bool:
    """Whether a path is one that glob(7) finds: a pattern never spans folders, and leaves hidden files out."""
    same = len(parts) == len(patterns) and all(map(fnmatchcase, parts, patterns))
    return same and not parts[-1].startswith(".")
