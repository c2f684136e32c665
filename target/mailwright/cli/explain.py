"""explain and settings: where a setting, a parameter or a rendered line comes from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from mailwright.cli import output
from mailwright.cli.output import as_json, show
from mailwright.cli.reading import reads_everything
from mailwright.core.problems import Exit, did_you_mean
from mailwright.core.values import amount
from mailwright.explain.explanation import ExplainedLine, ExplainedSetting, Explanation, Place
from mailwright.explain.influence import Deployment
from mailwright.explain.lookup import Answer, Inactive, NotRendered, Unknown, answer
from mailwright.explain.stated import Stated
from mailwright.host.commands import run
from mailwright.model.variables import DEFAULT
from mailwright.render.parameters import blocks

DEFAULTS = {"Postfix": ("postconf", "-d"), "Dovecot": ("doveconf", "-d")}
SHOWN = 20  # lines of one file


@click.command(epilog="\b\nExamples:\n  mailwright explain TLS_LEVEL\n  mailwright explain main.cf:mynetworks\n"
               "  mailwright explain submission/inet\n  mailwright explain dovecot.conf:42")  # fmt: skip
@click.argument("name")
@as_json
@reads_everything
def explain(deployment: Deployment, name: str, as_json: bool) -> int:
    """Show where a setting, a parameter (FILE:PARAMETER) or a rendered line (FILE:NUMBER) comes from."""
    explained, default = answer(Explanation(deployment), name), None
    if isinstance(explained, NotRendered):
        explained, default = with_default(explained)
    if isinstance(explained, Unknown):
        hint = f" ({explained.hint})" if explained.hint else ""
        output.say(f"{explained.what}{hint}", "error", err=True)
        return Exit.USAGE
    if as_json:
        output.show_json(_json(explained, default))
    else:
        click.echo("\n".join(_lines(explained, default)))
    return Exit.OK


@click.command()
@click.option("--changed", is_flag=True, help="Only those that differ from their default.")
@as_json
@reads_everything
def settings(deployment: Deployment, changed: bool, as_json: bool) -> int:
    """Print every setting with its value and where that comes from."""
    stated = [one for one in Explanation(deployment).stated.values() if one.changed or not changed]
    rows = [asdict(one) | ({} if as_json else {"value": one.value or "(empty)"}) for one in stated]
    columns = {"name": "setting", "value": "value", "origin": "from"}
    show(rows, columns, as_json, "every setting has its default")
    return Exit.OK


def with_default(found: NotRendered) -> tuple[NotRendered | Unknown, str | None]:
    """``found`` with the daemon's default as ``name = value``, if it can be asked; Unknown if it has no such name."""
    tool = DEFAULTS.get(found.daemon)
    if not tool or not shutil.which(tool[0]):
        return found, None
    known = {parameter.name: parameter.value for parameter in blocks(run(tool).output)}
    name = found.name if found.daemon == "Dovecot" else found.name.rpartition("/")[2]
    if name in known:
        return found, f"{name} = {known[name]}"
    return Unknown(f"{name} is not a parameter of {found.daemon}", did_you_mean(name, known) or found.hint), None


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
    for file, of_one in of_file.items():
        yield from (f"  {heading:<11} {place.file}:{place.line}  {place.text.strip()}" for place in of_one[:SHOWN])
        if len(of_one) > SHOWN:
            yield f"  {heading:<11} {file}: {amount(len(of_one) - SHOWN, 'more line')} (--json shows all)"


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
        yield f"its default counts, which {' '.join(tool)} in the container prints" if tool else "it has its default"
