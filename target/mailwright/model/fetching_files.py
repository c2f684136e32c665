"""Files of the config folder that fetchmail's and getmail's files name: both get copies, as they may not read there."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.formats import fetchmail, getmail
from mailwright.model.inputs import Inputs
from mailwright.model.overrides import path_of
from mailwright.model.sources import Sources, Unreadable

BELOW = re.compile(rf"{re.escape(paths.CONFIG)}/[\w./@+-]+")


def wanted_paths(sources: Sources) -> tuple[str, ...]:
    """The files that are named, where they lie."""
    texts = (
        content.decode("utf-8", "replace")
        for name, content in sources.config.items()
        if isinstance(content, bytes) and (name == fetchmail.NAME or getmail.NAME.fullmatch(name))
    )
    named = {path for text in texts for path in BELOW.findall(text)}
    return tuple(path_of(path, sources.config_path) for path in sorted(named))


def copies(inputs: Inputs, file: TextFile) -> tuple[Mapping[str, str], list[Problem]]:
    """Path → content of each file that ``file`` names, and a Problem with each that cannot be read."""
    found: dict[str, str] = {}
    problems = []
    for number, row in file.rows():
        for path in BELOW.findall(row):
            content = inputs.sources.files.get(path_of(path, inputs.sources.config_path), Unreadable("does not exist"))
            if isinstance(content, Unreadable):
                problems.append(Problem(file.at(number), f"{path} {content.reason}"))
            else:
                found[path] = content.decode("utf-8", "replace")
    return found, problems


def copy_of(path: str, service: str) -> str:
    """Where the copy for ``service`` lies below /etc."""
    return f"{service}/files/{path.removeprefix(paths.CONFIG).strip('/').replace('/', '_')}"


def leading_to_copies(text: str, files: Mapping[str, str], etc: str, service: str) -> str:
    """``text`` with the paths of the copies below ``etc``."""
    return BELOW.sub(lambda match: f"{etc}/{copy_of(match[0], service)}" if match[0] in files else match[0], text)
