"""Authorities: the certificates with which another server's certificate is verified, as a setting names their file."""

from __future__ import annotations

from mailwright.core.problems import Problem
from mailwright.formats import certificates
from mailwright.model.inputs import Inputs
from mailwright.model.sources import Unreadable


def authorities(inputs: Inputs, name: str) -> tuple[str, list[Problem]]:
    """The PEM text of the file that the setting ``name`` names, and the Problem with it; empty if it names none."""
    path = str(getattr(inputs.settings, name.lower()))
    if not path:
        return "", []
    content = inputs.sources.files.get(path, Unreadable("does not exist"))
    if isinstance(content, Unreadable):
        return "", [inputs.variables.error(name, f"{path} {content.reason}")]
    text = certificates.authorities(content.decode("utf-8", "replace"))
    return text, [] if text else [inputs.variables.error(name, f"{path} holds no certificates in PEM form")]
