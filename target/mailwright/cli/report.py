"""report: what the log says about mail, in numbers."""

from __future__ import annotations

import os
import re
import sys
import time

import click

from mailwright.cli import output
from mailwright.cli.arguments import Checked
from mailwright.cli.output import as_json, example
from mailwright.core import periods
from mailwright.reports.report import as_values, report
from mailwright.reports.text import text

BACK = re.compile(r"([1-9]\d{0,3})([hd])", re.ASCII)
HOURS = {"h": 1, "d": 24}


def since(word: str) -> str:
    """``word``; ValueError if it is not a time from which a report begins."""
    if word not in ("today", "yesterday") and not BACK.fullmatch(word):
        raise ValueError("is not today, yesterday, or a number of days or hours (7d, 12h)")
    return word


def begin(word: str, now: float) -> float:
    """The time that ``word`` means."""
    if match := BACK.fullmatch(word):
        return now - int(match[1]) * HOURS[match[2]] * 3600
    today = periods.start("daily", now)
    return today if word == "today" else periods.start("daily", today - 1)


@click.command("report", **example("setup report", "setup report --since 7d", "setup report --since yesterday --json"))
@click.option(
    "--since", "word", type=Checked("since", since), default="today", show_default=True,
    help="Where the report begins: today, yesterday, or days or hours back (7d, 12h).",
)  # fmt: skip
@as_json
def report_(word: str, as_json: bool) -> None:
    """Print what the log says about mail: numbers, reasons, failed logins, warnings.

    The report begins at midnight, or where --since says, and ends now. It reads rotated logs too.
    """
    now = time.time()
    values = as_values(report(os.uname().nodename, begin(word, now), now))
    if as_json:
        output.show_json(values)
    else:
        click.echo(text(values, blocks=has_blocks()), nl=False)


def has_blocks() -> bool:
    """Whether stdout is a terminal that shows UTF-8."""
    return sys.stdout.isatty() and (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
