"""Files that a setting names by its value: their contents, and the Problems with them."""

from __future__ import annotations

from collections.abc import Mapping

from mailwright.core.problems import Problem
from mailwright.formats import certificates
from mailwright.model.inputs import Inputs
from mailwright.model.sources import Content, Unreadable
from mailwright.model.variables import Variables


def content(variables: Variables, files: Mapping[str, Content], name: str) -> tuple[bytes | None, list[Problem]]:
    """The content of the file that the setting ``name`` names, and the Problem with it.

    None if the setting is empty or the file cannot be read.
    """
    path = str(getattr(variables.settings, name.lower()))
    if not path:
        return None, []
    found = files.get(path, Unreadable("does not exist"))
    if isinstance(found, Unreadable):
        return None, [variables.error(name, f"{path} {found.reason}")]
    return found, []


def authorities(inputs: Inputs, name: str) -> tuple[str, list[Problem]]:
    """The certificates (PEM) with which another server's is verified, and the Problem with their file."""
    found, problems = content(inputs.variables, inputs.sources.files, name)
    if found is None:
        return "", problems
    text = certificates.authorities(found.decode("utf-8", "replace"))
    path = getattr(inputs.settings, name.lower())
    return text, [] if text else [inputs.variables.error(name, f"{path} holds no certificates in PEM form")]
