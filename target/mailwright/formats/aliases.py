"""Aliases: ``postfix-virtual.cf``, ``postfix-regexp.cf`` and ``postfix-aliases.cf``."""

from __future__ import annotations

import re
import warnings
from typing import NamedTuple

from mailwright.core import values
from mailwright.core.problems import Problem, shown_name
from mailwright.core.rows_by_key import rows_by_key
from mailwright.core.textfile import TextFile

IMPLIED = "implied"  # the place of an alias that is in no file
SEPARATOR = re.compile(r"[,\s]+")
PCRE_ROW = re.compile(r"([/!|#@,;:%])(?P<pattern>.*?)(?<!\\)\1(?P<flags>[a-zA-Z]*)\s+(?P<target>\S.*)")
LOCAL_NAME = re.compile(r'(?P<name>"[^"]+"|[^\s:#"]+)\s*:\s*(?P<target>\S.*)')


class Alias(NamedTuple):
    """Mail for ``name`` (an address, or ``@domain`` for a catch-all) goes to ``targets`` (``@domain``: same user)."""

    name: str
    targets: tuple[str, ...]
    where: str

    @property
    def domain(self) -> str:
        """The domain that this alias adds to the domains of the server."""
        return self.name.rpartition("@")[2]


def aliases(file: TextFile) -> tuple[list[Alias], list[Problem]]:
    """The virtual aliases of ``file`` (virtual(5)) in its order; rows of one name are joined."""
    return rows_by_key(file, _alias, lambda alias: alias.name, _joined)


def _joined(name: str, first: Alias, second: Alias) -> tuple[Alias, Problem]:
    """One alias with the targets of both rows."""
    targets = tuple(dict.fromkeys(first.targets + second.targets))
    warning = Problem(second.where, f"{name} is in {first.where} as well; both rows count", "", True)
    return Alias(name, targets, first.where), warning


def _alias(row: str, where: str) -> Alias | Problem:
    name, *rest = row.split(None, 1)
    targets = [target for target in SEPARATOR.split("".join(rest)) if target]
    if not targets:
        return Problem(where, f"alias {shown_name(name)} has no target", "alias target[,target…]")
    try:
        checked = tuple(dict.fromkeys(_name_or_domain(target) for target in targets))
    except ValueError as error:
        return Problem(where, f"target {error}")
    try:
        return Alias(_name_or_domain(name).lower(), checked, where)
    except ValueError as error:
        return Problem(where, f"alias {error}" if "@" in name else f"alias {shown_name(name)} {error}")


def _name_or_domain(text: str) -> str:
    try:
        if text.startswith("@"):
            return "@" + values.domain(text[1:])
        return values.recipient_address(text)
    except ValueError as error:
        # A word without @ may be a password, in a row that belongs in another file.
        raise ValueError(f"{shown_name(text)} {error}" if "@" in text else str(error)) from None


def regexp_rows(file: TextFile) -> list[Problem]:
    """The Problems in a table of ``/pattern/ target`` rows (pcre_table(5)), which Postfix reads as it is."""
    problems = []
    for number, row in file.rows():
        if row.lower().startswith(("if ", "endif")) or row.lower() == "endif":
            continue
        match = PCRE_ROW.match(row.removeprefix("!"))
        if not match:
            problems.append(Problem(file.at(number), "is not a row of the form /pattern/ target"))
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", FutureWarning)  # Python may once read [[:alpha:]] in its own way
                re.compile(match["pattern"])
        except re.error as error:
            # PCRE has more syntax than Python, so this is only a warning.
            problems.append(Problem(file.at(number), f"the pattern looks broken: {error}", "", True))
    return problems


def may_match(file: TextFile, address: str) -> bool:
    """Whether a row of the pcre_table(5) may match ``address``: rows that only PCRE understands may match anything."""
    return any(_may_match(row, address) for _, row in file.rows() if not row.lower().startswith(("if ", "endif")))


def _may_match(row: str, address: str) -> bool:
    match = PCRE_ROW.match(row)
    if not match or match["flags"]:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # what Python reads in another way, as [[:alpha:]]
            return re.search(match["pattern"], address, re.IGNORECASE) is not None
    except (re.error, FutureWarning):
        return True


def local_rows(file: TextFile) -> tuple[list[str], list[Problem]]:
    """The names of ``name: target`` rows (aliases(5)), and the Problems; a line that begins blank continues a row."""
    names: list[str] = []
    problems = []
    for number, line in file.lines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line[0].isspace():
            if not names:
                problems.append(
                    Problem(file.at(number), "begins with a blank, but there is no line before it to continue")
                )
            continue
        match = LOCAL_NAME.match(line)
        if match:
            names.append(match["name"].strip('"').lower())
        else:
            problems.append(Problem(file.at(number), "is not a row of the form name: target"))
    return names, problems
