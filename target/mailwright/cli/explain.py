"""explain and settings: where a setting, a parameter or a rendered line comes from."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from mailwright.cli.arguments import as_json, show
from mailwright.cli.reading import reads_everything
from mailwright.core.problems import Exit, did_you_mean
from mailwright.explain.explanation import ExplainedLine, ExplainedSetting, Explanation, Place
from mailwright.explain.influence import Deployment
from mailwright.explain.lookup import Answer, Inactive, NotRendered, Unknown, answer
from mailwright.explain.parameters import blocks
from mailwright.explain.stated import Stated
from mailwright.model.variables import DEFAULT

DEFAULTS = {"Postfix": ("postconf", "-d"), "Dovecot": ("doveconf", "-d")}
SHOWN = 20  # lines of one file


@click.command(epilog="\b\nExamples:\n  mailwright explain TLS_LEVEL\n  mailwright explain main.cf:mynetworks\n"
               "  mailwright explain submission/inet\n  mailwright explain dovecot.conf:42")  # fmt: skip
@click.argument("name")
@as_json
@reads_everything
def explain(deployment: Deployment, name: str, as_json: bool) -> int:
    """Tell where a setting, a parameter (FILE:PARAMETER) or a rendered line (FILE:NUMBER) comes from."""
    found, default = answer(Explanation(deployment), name), None
    if isinstance(found, NotRendered):
        found, default = with_default(found)
    if isinstance(found, Unknown):
        click.echo(f"{found.what}{f' ({found.hint})' if found.hint else ''}", err=True)
        return Exit.USAGE
    if as_json:
        click.echo(json.dumps(_json(found, default), indent=2))
    else:
        click.echo("\n".join(_lines(found, default)))
    return Exit.OK


@click.command()
@click.option("--changed", is_flag=True, help="Only those that differ from their default.")
@as_json
@reads_everything
def settings(deployment: Deployment, changed: bool, as_json: bool) -> int:
    """Print every setting with its value and where that comes from."""
    found = [it for it in Explanation(deployment).stated.values() if it.changed or not changed]
    rows = [asdict(it) for it in found] if as_json else [{**asdict(it), "value": it.value or "(empty)"} for it in found]
    columns = {"name": "setting", "value": "value", "origin": "from"}
    show(rows, columns, as_json, "every setting has its default")
    return Exit.OK


def with_default(found: NotRendered) -> tuple[NotRendered | Unknown, str | None]:
    """``found`` and the daemon's own default as ``name = value``, if it can be asked; or that it knows no such."""
    tool = DEFAULTS.get(found.daemon)
    if not tool or not shutil.which(tool[0]):
        return found, None
    said = subprocess.run(tool, capture_output=True, text=True, check=False).stdout  # noqa: S603
    known = {it.name: it.value for it in blocks(said)}
    name = found.name if found.daemon == "Dovecot" else found.name.rpartition("/")[2]
    if name in known:
        return found, f"{name} = {known[name]}"
    return Unknown(f"{name} is no parameter of {found.daemon}", did_you_mean(name, known) or found.hint), None


def _json(found: Answer, default: str | None) -> Any:
    if isinstance(found, list):
        return [asdict(it) for it in found]
    assert not isinstance(found, Unknown)  # noqa: S101
    return asdict(found) | ({"default": default} if isinstance(found, NotRendered) else {})


def _lines(found: Answer, default: str | None) -> Iterator[str]:
    """An answer as the operator reads it."""
    match found:
        case ExplainedSetting():
            yield from _setting(found)
        case Inactive():
            yield f"{found.name} {found.what}"
            yield f"  from        {found.origin}" if found.origin else "  it is not set"
        case NotRendered():
            yield from _not_rendered(found, default)
        case [only]:
            yield from _line(only)
        case list():
            for it in found:
                yield from _row(it)


def _setting(found: ExplainedSetting) -> Iterator[str]:
    it = found.setting
    yield f"{it.name} = {it.value or '(empty)'}"
    yield f"  from        {it.origin}"
    for said in it.overruled:
        yield f"  wins over   {said.origin}: {said.text}"
    if it.origin != DEFAULT:
        yield f"  default     {it.default or '(empty)'}"
    yield f"  takes       {found.accepts}"
    yield f"  {found.description}"
    if not (found.lines or found.files or found.elsewhere or found.without_effect):
        yield "  shapes no rendered file of this deployment"
    yield from _places("shapes", found.lines)
    yield from (f"  shapes      {path} (as a whole)" for path in found.files)
    yield from (f"  another value would add lines to {path}" for path in found.elsewhere)
    for place, instead in found.without_effect:
        yield f"  no effect   {place.text}: {instead} sets it instead"


def _places(heading: str, places: tuple[Place, ...]) -> Iterator[str]:
    """``/etc/postfix/main.cf:42  text``, at most SHOWN of each file."""
    of_file: dict[str, list[Place]] = {}
    for place in places:
        of_file.setdefault(place.file, []).append(place)
    for file, them in of_file.items():
        yield from (f"  {heading:<11} {it.file}:{it.line}  {it.text.strip()}" for it in them[:SHOWN])
        if len(them) > SHOWN:
            yield f"  {heading:<11} {file}: {len(them) - SHOWN} more lines (--json tells all)"


def _line(found: ExplainedLine) -> Iterator[str]:
    yield f"{found.place.file}:{found.place.line}  {found.place.text.strip()}"
    if found.overruled_by:
        yield f"  no effect   {found.overruled_by} sets it again"
    yield f"  from        {found.origin or 'the accounts and files of the config folder, no template'}"
    if found.source and found.source != found.place.text:
        yield f"  written as  {found.source}"
    yield from (f"  setting     {_stated(it)}" for it in found.settings)
    if found.instead_of:
        yield f"  instead of  {found.instead_of.place.text}"
        yield f"              from {found.instead_of.origin}"
        yield from (f"  no effect   {_stated(it)}" for it in found.instead_of.settings if it not in found.settings)


def _row(found: ExplainedLine) -> Iterator[str]:
    """One of several lines, in short."""
    yield f"{found.place.file}:{found.place.line}  {found.place.text.strip()}"
    behind = ", ".join(it.name for it in found.settings)
    instead = f", instead of {found.instead_of.origin}" if found.instead_of else ""
    yield f"  {found.origin}{instead}{f'; {behind}' if behind else ''}"


def _stated(it: Stated) -> str:
    return f"{it.name} = {it.value or '(empty)'} ({it.origin})"


def _not_rendered(found: NotRendered, default: str | None) -> Iterator[str]:
    hint = f" ({found.hint})" if found.hint and default is None else ""
    yield f"/etc/{found.path} does not set {found.name}{hint}"
    if found.also:
        yield "so main.cf's counts:"
        yield from _line(found.also)
    elif default:
        yield f"{found.daemon}'s own default counts: {default}"
    else:
        tool = DEFAULTS.get(found.daemon)
        yield f"its default counts, which {' '.join(tool)} in the container tells" if tool else "it has its default"
