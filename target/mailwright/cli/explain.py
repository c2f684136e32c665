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


@click.command(epilog="\b\nExample:\n  mailwright explain TLS_LEVEL\n  mailwright explain main.cf:mynetworks\n"
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
        output.say("\n".join(_lines(explained, default)))
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


def with_default(missing: NotRendered) -> tuple[NotRendered | Unknown, str | None]:
    """``missing`` with the daemon's default as ``name = value``, if it can be asked; Unknown if it has no such name."""
    tool = DEFAULTS.get(missing.daemon)
    if not tool or not shutil.which(tool[0]):
        return missing, None
    known = {parameter.name: parameter.value for parameter in blocks(run(tool).output)}
    name = missing.name if missing.daemon == "Dovecot" else missing.name.rpartition("/")[2]
    if name in known:
        return missing, f"{name} = {known[name]}"
    return Unknown(f"{name} is not a parameter of {missing.daemon}", did_you_mean(name, known) or missing.hint), None


def _json(explained: Answer, default: str | None) -> Any:
    if isinstance(explained, list):
        return [asdict(line) for line in explained]
    assert not isinstance(explained, Unknown)  # noqa: S101
    return asdict(explained) | ({"default": default} if isinstance(explained, NotRendered) else {})


def _lines(explained: Answer, default: str | None) -> Iterator[str]:
    """An answer as the operator reads it."""
    match explained:
        case ExplainedSetting():
            yield from _setting(explained)
        case Inactive():
            yield f"{explained.name} {explained.what}"
            yield f"  from        {explained.origin}" if explained.origin else "  it is not set"
        case NotRendered():
            yield from _not_rendered(explained, default)
        case [only]:
            yield from _line(only)
        case list():
            for line in explained:
                yield from _row(line)


def _setting(explained: ExplainedSetting) -> Iterator[str]:
    setting = explained.setting
    yield f"{setting.name} = {setting.value or '(empty)'}"
    yield f"  from        {setting.origin}"
    for value in setting.overruled:
        yield f"  wins over   {value.origin}: {value.text}"
    if setting.origin != DEFAULT:
        yield f"  default     {setting.default or '(empty)'}"
    yield f"  takes       {explained.accepts}"
    yield f"  {explained.description}"
    if not (explained.lines or explained.files or explained.elsewhere or explained.without_effect):
        yield "  shapes no rendered file of this deployment"
    yield from _places("shapes", explained.lines)
    yield from (f"  shapes      {path} (as a whole)" for path in explained.files)
    yield from (f"  another value would add lines to {path}" for path in explained.elsewhere)
    for place, instead in explained.without_effect:
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


def _line(line: ExplainedLine) -> Iterator[str]:
    yield f"{line.place.file}:{line.place.line}  {line.place.text.strip()}"
    if line.overruled_by:
        yield f"  no effect   {line.overruled_by} sets it again"
    yield f"  from        {line.origin or 'the accounts and files of the config folder, no template'}"
    if line.source and line.source != line.place.text:
        yield f"  written as  {line.source}"
    yield from (f"  setting     {_stated(setting)}" for setting in line.settings)
    if line.instead_of:
        yield f"  instead of  {line.instead_of.place.text}"
        yield f"              from {line.instead_of.origin}"
        yield from (f"  no effect   {_stated(one)}" for one in line.instead_of.settings if one not in line.settings)


def _row(line: ExplainedLine) -> Iterator[str]:
    """One of several lines, in short."""
    yield f"{line.place.file}:{line.place.line}  {line.place.text.strip()}"
    behind = ", ".join(setting.name for setting in line.settings)
    instead = f", instead of {line.instead_of.origin}" if line.instead_of else ""
    yield f"  {line.origin}{instead}{f'; {behind}' if behind else ''}"


def _stated(setting: Stated) -> str:
    return f"{setting.name} = {setting.value or '(empty)'} ({setting.origin})"


def _not_rendered(missing: NotRendered, default: str | None) -> Iterator[str]:
    hint = f" ({missing.hint})" if missing.hint and default is None else ""
    yield f"/etc/{missing.path} does not set {missing.name}{hint}"
    if missing.also:
        yield "so main.cf's value applies:"
        yield from _line(missing.also)
    elif default:
        yield f"{missing.daemon}'s own default applies: {default}"
    else:
        tool = DEFAULTS.get(missing.daemon)
        yield f"its default applies, which {' '.join(tool)} in the container prints" if tool else "it has its default"
