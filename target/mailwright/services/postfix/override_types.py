"""Types of Postfix's parameters, read off their defaults: postconf(1) itself takes any text for a number."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core.problems import Problem, shown
from mailwright.formats.lookup_tables import servers
from mailwright.model.mailserver import Mailserver

NUMBER = re.compile(r"\d+", re.ASCII)
TIME = re.compile(r"\d+[smhdw]", re.ASCII)
TIME_GIVEN = re.compile(r"\d+[smhdw]?", re.ASCII)
# Texts whose default happens to be a number: versions, service names, and 1/concurrency.
TEXTS = re.compile(r"compatibility_level|\w+_port|\w+_feedback")
STRESS = re.compile(r"\$\{stress\?\{\d+\}:\{(\d+)\}\}")  # smtpd_timeout = ${stress?{10}:{300}}s


def type_problems(mailserver: Mailserver, defaults: str) -> Iterator[Problem]:
    """A Problem for each override whose value a daemon would die of; ``defaults`` is what ``postconf -d`` prints."""
    lines = (line.partition(" = ") for line in defaults.splitlines())
    known = {name: STRESS.sub(r"\1", default) for name, _, default in lines if not TEXTS.fullmatch(name)}
    for where, name, value in mailserver.overrides.stated:
        default = known.get(name, "")
        if "$" in value:
            continue
        if NUMBER.fullmatch(default) and not NUMBER.fullmatch(value):
            yield Problem(where, f"{name}: {shown(value)} is not a number", f"Postfix's default is {default}")
        if TIME.fullmatch(default) and not TIME_GIVEN.fullmatch(value):
            yield Problem(where, f"{name}: {shown(value)} is not a time", f"Postfix's default is {default}")


def unsupported(mailserver: Mailserver, types: str) -> Iterator[Problem]:
    """A Problem for each override with a table of a type that is not among ``types``, which ``postconf -m`` prints."""
    for where, name, value in mailserver.overrides.stated:
        for each in servers(value):
            if each not in types.split():
                what = f"{name}: Postfix of this image has no {each} tables, so all mail would be put off"
                yield Problem(where, what, f"derive an image with the package postfix-{each}, or use a table of a file")


def names_servers(mailserver: Mailserver) -> bool:
    """Whether an override has a table of a type that may be missing in the image."""
    return any(servers(value) for _, _, value in mailserver.overrides.stated)
