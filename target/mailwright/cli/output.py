"""Output: what the commands print, as tables, as JSON or as Problems, coloured on a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click

from mailwright.core.problems import Problem, printable, printable_lines

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
COLOURS = {"error": "red", "warning": "yellow", "ok": "green"}


def example(*lines: str) -> dict[str, Any]:
    """A command's keyword arguments that end its help with ``lines`` as an example each."""
    return {"epilog": "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)}


def is_coloured(*, err: bool = False) -> bool:
    """Whether stdout (stderr) is a terminal and NO_COLOR (https://no-color.org) is not set."""
    return not os.environ.get("NO_COLOR") and (sys.stderr if err else sys.stdout).isatty()


def styled(text: str, kind: str = "", *, err: bool = False) -> str:
    """``text`` to print, in the colour of ``kind`` (error, warning, ok) where colours are on. It steers no terminal."""
    safe = printable_lines(text)
    return click.style(safe, COLOURS[kind]) if kind and is_coloured(err=err) else safe


def say(text: str, kind: str = "", *, err: bool = False) -> None:
    """``text`` is on stdout (stderr), in the colour of ``kind``."""
    click.echo(styled(text, kind, err=err), err=err, color=is_coloured(err=err))


def show_lines(lines: Iterable[str]) -> None:
    """``lines``, all of it made by ``styled``, are on stdout."""
    for line in lines:
        click.echo(line, color=is_coloured())


def tell(problems: Iterable[Problem]) -> None:
    """Each Problem is on a line of stderr, errors last."""
    for problem in sorted(problems, key=lambda problem: not problem.warning):
        say(f"{'warning: ' if problem.warning else ''}{problem}", "warning" if problem.warning else "error", err=True)


def done(what: str, warnings: Iterable[str] = ()) -> None:
    """``what`` was done is on stderr, after the ``warnings`` about it: stdout has only what was asked for."""
    for warning in warnings:
        say(f"warning: {warning}", "warning", err=True)
    say(what, "ok", err=True)


def show_json(value: object) -> None:
    """``value`` is on stdout as JSON, never coloured."""
    click.echo(json.dumps(value, indent=2, default=str))


def show(
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    in_json: bool,
    nothing: str,
    formats: Mapping[str, Callable[[Any], str]] | None = None,
) -> None:
    """``rows`` are on stdout as JSON or as an aligned table. ``columns`` are key → heading, ``formats`` key → cell."""
    if in_json:
        show_json(rows)
        return
    if not rows:
        say(nothing)
        return
    table = [list(columns.values()), *([_cell(row[key], (formats or {}).get(key)) for key in columns] for row in rows)]
    widths = [max(len(line[index]) for line in table) for index in range(len(columns))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def is_for_script(rows: Sequence[object], in_json: bool) -> bool:
    """Whether ``rows`` are printed in docker-mailserver's form: stdout is not a terminal, so a script reads it."""
    return bool(rows) and not in_json and not sys.stdout.isatty()


def show_as_in_dms(rows: Sequence[Mapping[str, Any]], in_json: bool, form: Callable[[Mapping[str, Any]], str]) -> bool:
    """Whether ``rows`` were printed in docker-mailserver's form of a list."""
    if not is_for_script(rows, in_json):
        return False
    for row in rows:
        say(f"* {form(row)}\n")
    return True


def _cell(value: object, form: Callable[[Any], str] | None) -> str:
    if isinstance(value, list | tuple):
        return printable(", ".join(map(str, value))) or "-"
    if value is None or value == "":
        return "-"
    return printable(form(value) if form else str(value))
