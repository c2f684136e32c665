"""fetchmail.cf: where fetchmail's statements begin and end. fetchmail itself says what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile

NAME = "fetchmail.cf"
TOKEN = re.compile(r"#[^\n]*|\"[^\"]*\"|'[^']*'|[=;:,]|[^=;:,\s]+")
POLLS = ("poll", "server", "skip")
STARTS = ("set", "defaults", *POLLS)
# The word after one of these is a name, whatever it is.
BEFORE_A_NAME = frozenset(
    "poll server skip via user username pass password folder is to set mda plugin preconnect postconnect".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One ``set``, ``defaults``, ``poll`` or ``skip`` with all that belongs to it: a part of the file's text."""

    kind: str
    name: str  # of the server
    line: int
    text: str = field(repr=False)
    words: frozenset[str] = field(repr=False)  # those that are not quoted


def parse(file: TextFile) -> tuple[list[Statement], list[Problem]]:
    """The statements in their order; together they are the file, less what comes before the first one."""
    found: list[tuple[int, str, str]] = []  # where a statement begins, its kind, its server
    words: list[set[str]] = []
    before = ""
    for match in TOKEN.finditer(file.text):
        token = match[0]
        if token.startswith("#"):
            continue
        if found and before in POLLS and before == found[-1][1] and not found[-1][2]:
            found[-1] = (*found[-1][:2], token.strip("\"'"))
        elif token in STARTS and before not in BEFORE_A_NAME:
            found.append((match.start(), token, ""))
            words.append(set())
        elif not found:
            number = file.text.count("\n", 0, match.start()) + 1
            return [], [Problem(file.at(number), "a statement begins with set, defaults, poll or skip")]
        elif token[0] not in "\"'":
            words[-1].add(token)
        before = "" if before in BEFORE_A_NAME else token
    ends = [*(start for start, *_ in found), len(file.text)][1:]
    return [
        Statement(kind, name, file.text.count("\n", 0, start) + 1, file.text[start:end], frozenset(each))
        for (start, kind, name), end, each in zip(found, ends, words, strict=True)
    ], []
