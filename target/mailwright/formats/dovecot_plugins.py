"""Plugins that a file for Dovecot 2.4 loads: its checker does not look whether they exist, and sessions then fail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core.problems import Problem, did_you_mean
from mailwright.core.textfile import TextFile

MODULES = "/usr/lib/dovecot/modules"
MODULE = re.compile(r"lib\d*_(?P<name>\w+)_plugin\.so")
ROW = re.compile(r"mail_plugins(?:/(?P<one>\w+)\s*=\s*yes|\s*=\s*(?P<all>[\w\s]*)|\s*(?P<block>\{))")
IN_BLOCK = re.compile(r"(?P<one>\w+)\s*=\s*yes")


def plugins(file: TextFile) -> Iterator[tuple[int, str]]:
    """The line and name of each plugin that ``file`` loads."""
    in_block = False
    for number, row in file.rows():
        match = (IN_BLOCK if in_block else ROW).fullmatch(row)
        if match:
            named = match.groupdict()
            yield from ((number, name) for name in (named["one"] or named.get("all") or "").split())
            in_block = in_block or bool(named.get("block"))
        elif row.startswith("}"):
            in_block = False


def missing(file: TextFile, listing: str) -> Iterator[Problem]:
    """A Problem for each plugin that is not in the ``listing`` of MODULES."""
    known = {match["name"] for match in MODULE.finditer(listing)}
    for number, name in plugins(file):
        if name not in known:
            hint = (
                "ENABLE_FTS=1 searches with flatcurve" if name.startswith("fts") else did_you_mean(name, sorted(known))
            )
            yield Problem(file.at(number), f"this image does not have Dovecot's plugin {name}", hint or "delete it")
