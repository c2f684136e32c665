"""A report as HTML: a heading and a table for each section, which a screen reader reads in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from mailwright.reports.sections import Section, note, sections, title

# Colours are the reader's own: this works on a dark background too. Nothing is loaded from elsewhere.
STYLE = (
    "table{border-collapse:collapse;margin-bottom:1.5em}caption{text-align:left;font-weight:bold;padding:.3em 0}"
    "th,td{text-align:left;padding:.15em .8em .15em 0;vertical-align:top;overflow-wrap:anywhere}"
    "td.number{text-align:right}meter{width:10em}"
)


def html(values: Mapping[str, Any]) -> str:
    """The report as a whole page."""
    return "\n".join(_page(values)) + "\n"


def _page(values: Mapping[str, Any]) -> Iterator[str]:
    heading = escape(title(values))
    yield f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{heading}</title>'
    yield f"<style>{STYLE}</style></head><body><h1>{heading}</h1>"
    if remark := note(values):
        yield f"<p>{escape(remark)}</p>"
    for section in sections(values):
        yield from _table(section)
    yield "</body></html>"


def _table(section: Section) -> Iterator[str]:
    most = max((value for _, value in section.rows if isinstance(value, int)), default=0)
    first, second = map(escape, section.heads)
    yield f'<table><caption>{escape(section.title)}</caption><thead><tr><th scope="col">{first}</th>'
    yield f'<th scope="col">{second}</th></tr></thead><tbody>'
    for name, value in section.rows:
        drawn = ""
        if section.bars and isinstance(value, int) and most:
            drawn = f'<td aria-hidden="true"><meter min="0" max="{most}" value="{value}"></meter></td>'
        kind = ' class="number"' if isinstance(value, int) else ""
        yield f'<tr><th scope="row">{escape(name)}</th><td{kind}>{escape(str(value))}</td>{drawn}</tr>'
    yield "</tbody></table>"
