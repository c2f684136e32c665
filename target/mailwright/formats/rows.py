"""Rows: a file of ``name separator rest`` lines as text that can be edited; comments, order and line ends stay."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

FEW = 20
SEPARATORS = {"|": r"[ \t]*\|[ \t]*", ":": r"[ \t]*:[ \t]*", " ": r"[ \t]+"}


@dataclass(frozen=True, slots=True)
class Rows:
    """The text of a file whose rows begin with a name. ``glue`` separates it from the rest: ``|``, ``:`` or a blank."""

    text: str
    glue: str = " "

    def get(self, name: str) -> str | None:
        """The text behind ``name`` (in any case) in its first row; None when it has no row."""
        match = self._search(name)
        return match["rest"] or "" if match else None

    def put(self, name: str, rest: str) -> Rows:
        """The rows with ``rest`` behind ``name``, in its first row or in a new one at the end."""
        row = f"{name}{self.glue}{rest}" if rest else name
        match = self._search(name)
        if match:
            return self._with(self.text[: match.start()] + row + self.text[match.end() :])
        end = "\r\n" if "\r\n" in self.text else "\n"
        gap = end if self.text and not self.text.endswith("\n") else ""
        return self._with(f"{self.text}{gap}{row}{end}")

    def with_all(self, new: Mapping[str, str]) -> Rows:
        """The rows with ``new`` ones (name → rest), in one go: 100,000 single edits take minutes."""
        if len(new) < FEW:
            rows = self
            for name, rest in new.items():
                rows = rows.put(name, rest)
            return rows
        separator, left, kept = (
            re.compile(SEPARATORS[self.glue]),
            {name.lower(): (name, rest) for name, rest in new.items()},
            [],
        )
        for line in self.text.splitlines(keepends=True):
            row = line.strip()
            name = "" if row.startswith("#") else separator.split(row, maxsplit=1)[0].lower()
            end = line[len(line.rstrip("\r\n")) :]
            kept.append(f"{self.glue.join(left.pop(name))}{end}" if name in left else line)
        text = "".join(kept)
        gap = "\n" if text and not text.endswith("\n") else ""
        return self._with(text + gap + "".join(f"{self.glue.join(row)}\n" for row in left.values()))

    def without(self, name: str) -> Rows:
        """The rows without those of ``name``."""
        pattern = re.compile(self._pattern(name) + r"(?:\r?\n|\Z)", re.MULTILINE | re.IGNORECASE)
        return self._with(pattern.sub("", self.text))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """The name and rest of each row; comments and blank lines are left out."""
        separator = re.compile(SEPARATORS[self.glue])
        for line in self.text.splitlines():
            row = line.strip()
            if row and not row.startswith("#"):
                name, _, rest = row.partition(self.glue) if self.glue != " " else _split(separator, row)
                yield name.strip(), rest.strip()

    def _with(self, text: str) -> Rows:
        return replace(self, text=text)

    def _search(self, name: str) -> re.Match[str] | None:
        if name.lower() not in self.text.lower():  # ten times as fast with a hundred thousand rows
            return None
        return re.search(self._pattern(name) + r"(?=\r?$)", self.text, re.MULTILINE | re.IGNORECASE)

    def _pattern(self, name: str) -> str:
        return rf"^[ \t]*{re.escape(name)}(?:{SEPARATORS[self.glue]}(?P<rest>[^\r\n]*?))?[ \t]*"


def _split(separator: re.Pattern[str], row: str) -> tuple[str, str, str]:
    name, *rest = separator.split(row, maxsplit=1)
    return name, " ", rest[0] if rest else ""
