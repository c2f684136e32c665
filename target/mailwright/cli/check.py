"""check: what becomes of every variable and file, and what the daemons' own tools say."""

from __future__ import annotations

import shutil
import tempfile
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import click

from mailwright.apply import install
from mailwright.cli.output import as_json, say, show_json
from mailwright.cli.reading import reads_reading
from mailwright.core.problems import ConfigurationError, Exit, Problem, counted, errors, printable
from mailwright.core.values import amount
from mailwright.explain import moved
from mailwright.explain.moved import Entry, Examined, Kind
from mailwright.model.mailserver import Mailserver
from mailwright.model.reading import Reading
from mailwright.render import tree as rendering

COLOURS = {Kind.REFUSED: "error", Kind.DIFFERS: "warning", Kind.TRANSLATED: "ok", Kind.TAKEN: "ok"}
WIDTH = 100


@click.command()
@as_json
@reads_reading
def check(reading: Reading, as_json: bool) -> int:
    """Print what becomes of every variable and file: refused, differs, translated or taken as is.

    The daemons' own tools check the configuration too, where they are installed. Nothing is changed.
    """
    seen = moved.examined(reading)
    missing: tuple[str, ...] = ()
    if seen.mailserver:
        missing = _missing(seen.mailserver)
        seen = seen if missing else _tried(seen, seen.mailserver)
    entries = moved.entries(seen)
    refused = errors(seen.problems)
    if as_json:
        show_json([{"name": entry.name, "kind": entry.kind, "notes": entry.notes} for entry in entries])
    else:
        _show(entries)
        _say_result(refused, missing)
    return Exit.CONFIGURATION if refused else Exit.OK


def _say_result(refused: Sequence[Problem], missing: Sequence[str]) -> None:
    """Whether the configuration is fine, in one line."""
    if refused:
        say(counted(refused), "error", err=True)
    elif missing:
        say(f"the settings and files are fine; not checked with tools that are missing: {', '.join(missing)}")
    else:
        say("the configuration is fine", "ok")


def _missing(mailserver: Mailserver) -> tuple[str, ...]:
    """The daemons' tools that are not installed."""
    tools = {one.command[0] for service in rendering.enabled(mailserver) for one in service.checks}
    return tuple(sorted(tool for tool in tools if not shutil.which(tool)))


def _tried(seen: Examined, mailserver: Mailserver) -> Examined:
    """``seen`` with what the daemons' tools say."""
    with tempfile.TemporaryDirectory(prefix="mailwright-") as folder:
        try:
            problems = install.trial(mailserver, Path(folder) / "etc")
        except ConfigurationError as error:
            problems = list(error.problems)
    return replace(seen, problems=(*seen.problems, *problems))


def _show(entries: Iterable[Entry]) -> None:
    """The entries are on stdout, those of one kind together."""
    for kind, group in groupby(entries, key=lambda entry: entry.kind):
        of = list(group)
        say(f"{kind} ({amount(len(of), 'name')})", COLOURS[kind])
        if kind is Kind.TAKEN:
            names = ", ".join(printable(entry.name) for entry in of)
            for line in textwrap.wrap(names, WIDTH, break_on_hyphens=False, break_long_words=False):
                say(f"  {line}")
        for entry in of if kind is not Kind.TAKEN else ():
            say(f"  {printable(entry.name)}")
            for note in entry.notes:
                say(f"    {note}")
