"""TextFile: a file of the operator as text with numbered lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.problems import Problem

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u0085]")


@dataclass(frozen=True, slots=True)
class TextFile:
    """``name`` as the operator knows it (relative to the config folder), and the text, lines ended by LF."""

    name: str
    text: str

    def lines(self) -> Iterator[tuple[int, str]]:
        """Each line with its number, from 1."""
        return enumerate(self.text.split("\n"), start=1)

    def rows(self, after: str = "") -> Iterator[tuple[int, str]]:
        """Each line that is neither blank nor a # comment, stripped, with its number.

        ``after`` is the beginning of the text (whole lines) to skip.
        """
        for number, line in enumerate(self.text[len(after) :].split("\n"), start=after.count("\n") + 1):
            row = line.strip()
            if row and not row.startswith("#"):
                yield number, row

    def at(self, line: int) -> str:
        """``name:line``, the place that a Problem names."""
        return f"{self.name}:{line}"


def decode(name: str, content: bytes) -> tuple[TextFile, list[Problem]]:
    """``content`` as a TextFile (UTF-8, with or without byte order mark or CR LF), and a Problem if it is not valid."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return TextFile(name, ""), [Problem(f"{name}:{line}", "is not UTF-8 text")]
    file = TextFile(name, text.replace("\r\n", "\n"))
    control = CONTROL.search(file.text)
    if control:
        line = file.text.count("\n", 0, control.start()) + 1
        return TextFile(name, ""), [Problem(file.at(line), f"has a control character (U+{ord(control[0]):04X})")]
    return file, []
