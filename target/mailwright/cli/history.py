"""history: the last passes over the configuration, and why each was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from mailwright.apply.causes import listed
from mailwright.apply.file_changes import FileChange
from mailwright.apply.history import Entry, entries
from mailwright.cli.output import as_json, example, show
from mailwright.core.values import amount

COLUMNS = {"at": "when", "causes": "why", "files": "what changed", "result": "result"}


@click.command("history", **example("setup history", "setup history --json"))
@as_json
def history(as_json: bool) -> None:
    """Print the last 20 changes of the configuration: when, why, which files, and what was reloaded.

    Changes that were refused are there as well, with their Problems. The newest is the last.
    """
    kept = entries()
    rows = [asdict(entry) if as_json else row(entry) for entry in kept]
    show(rows, COLUMNS, as_json, "no changes yet")


def row(entry: Entry) -> dict[str, Any]:
    """An entry as a row of the table, in the container's time zone."""
    return {
        "at": f"{datetime.fromisoformat(entry.at).astimezone():%Y-%m-%d %H:%M:%S}",
        "causes": _short(entry.causes),
        "files": _short([_brief(change) for change in entry.files]),
        "result": _result(entry),
    }


def _result(entry: Entry) -> str:
    problems = f"{amount(len(entry.problems), 'problem')}: {entry.problems[0]}" if entry.problems else ""
    if entry.problems and not entry.files:
        return f"refused; {problems}"
    return "; ".join(filter(None, ("; ".join(entry.actions) or "live at once", problems)))


def _brief(change: FileChange) -> str:
    """The file with the first of its parameters; `--json` has all."""
    more = len(change.parameters) - 1
    return f"{change.path}: {change.parameters[0]} and {more} more" if more > 0 else str(change)


def _short(texts: Sequence[str]) -> str:
    return listed(texts) if texts else ""
