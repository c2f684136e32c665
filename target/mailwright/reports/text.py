"""A report as text: tables with bars, for a terminal and for a mail."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from mailwright.reports.sections import Section, note, sections, title

EIGHTHS = " ▏▎▍▌▋▊▉"
WIDTH, BAR = 60, 20  # columns of a row's text, and of the longest bar


def text(values: Mapping[str, Any], *, blocks: bool) -> str:
    """The report; bars of Unicode's ``blocks``, else of ASCII, in which other characters are escapes."""
    lines = [title(values), *filter(None, (note(values),))]
    for section in sections(values):
        lines += ["", section.title, *_rows(section, blocks)]
    whole = "\n".join(lines) + "\n"
    return whole if blocks else whole.replace("…", "...").encode("ascii", "backslashreplace").decode()


def _rows(section: Section, blocks: bool) -> Iterator[str]:
    """Two columns; a long text has a line of its own."""
    names = [_cut(name) for name, _ in section.rows]
    width = max(map(columns, names))
    digits = max(len(str(value)) for _, value in section.rows) if section.bars else 0
    most = max((value for _, value in section.rows if isinstance(value, int)), default=0)
    for name, (_, value) in zip(names, section.rows, strict=True):
        drawn = bar(value, most, blocks) if section.bars and isinstance(value, int) else ""
        yield f"  {name}{' ' * (width - columns(name))}  {str(value).rjust(digits)}  {drawn}".rstrip()


def _cut(name: str) -> str:
    while columns(name) > WIDTH:
        name = f"{name[: min(len(name) - 2, WIDTH - 1)]}…"
    return name


def bar(value: int, most: int, blocks: bool) -> str:
    """A bar for ``value``, BAR columns long for ``most``. What is not zero shows."""
    if not most or not value:
        return ""
    if not blocks:
        return "#" * max(1, round(BAR * value / most))
    whole, eighths = divmod(max(1, round(8 * BAR * value / most)), 8)
    return "█" * whole + EIGHTHS[eighths].strip()


def columns(name: str) -> int:
    """How many columns of a terminal ``name`` takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in name
    )
