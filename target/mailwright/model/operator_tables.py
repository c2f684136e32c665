"""Tables that overrides of Postfix name: those of the config folder are copied, the others are only tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mailwright.core import paths
from mailwright.core.problems import Findings, Problem, did_you_mean
from mailwright.core.textfile import TextFile, decode
from mailwright.formats.lookup_tables import COMPILED, Table, tables
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.overrides import MAIN, MASTER, list_files, path_of, stated
from mailwright.model.patches import PATCHES
from mailwright.model.sources import Content, Sources, Unreadable

BELOW = f"{paths.CONFIG}/"


@dataclass(frozen=True, slots=True)
class Copy:
    """A table of the config folder, of which Postfix reads a copy."""

    file: TextFile
    compiled: bool = False
    secret: bool = False
    proxied: bool = False  # proxymap(8) reads it, as the user postfix


@dataclass(frozen=True, slots=True)
class Use:
    """A table and the override that names it. ``late``: user-patches.sh may write it."""

    where: str
    parameter: str
    table: Table
    late: bool = False


@dataclass(frozen=True)
class OperatorTables:
    """The copies by path below the config folder, and every use of a table."""

    copies: dict[str, Copy]
    uses: tuple[Use, ...] = ()
    lists: tuple[str, ...] = ()  # files of lists such as mynetworks, which are copied too


NONE = OperatorTables({})


def wanted_paths(sources: Sources) -> tuple[str, ...]:
    """The tables of the config folder, and the files of lists, that overrides name, where they lie."""
    folder = ConfigFolder(sources.config)
    named = {use.table.path for use in _uses(folder) if below(use.table)} | {*list_files(folder)}
    return tuple(path_of(path, sources.config_path) for path in sorted(named))


def operator_tables(inputs: Inputs) -> tuple[OperatorTables, list[Problem]]:
    """The tables that overrides name, and the Problems with those of the config folder."""
    copies: dict[str, Copy] = {}
    uses, problems = [], Findings()
    patches = inputs.sources.config.get(PATCHES)
    for use in _uses(inputs.folder):
        name = below(use.table)
        content = _content(inputs, name)
        if isinstance(content, bytes):
            inputs.folder.text(name.partition("/")[0])
            file, invalid = decode(name, content)
            problems.extend(invalid)
            old = copies.get(name, Copy(file))
            secret = "passw" in use.parameter
            copies[name] = Copy(
                file, old.compiled or use.table.compiled, old.secret or secret, old.proxied or use.table.proxied
            )
        late = isinstance(patches, bytes) and (not name or name.rpartition("/")[2].encode() in patches)
        if isinstance(content, Unreadable) and not _has_compiled(inputs, use.table, name):
            problems.append(_unreadable(use, content, late=late, known=inputs.sources.config))
        uses.append(replace(use, late=late))
    lists = tuple(path for path in list_files(inputs.folder) if path.startswith(BELOW))
    for path in lists:
        name = path.removeprefix(BELOW)
        content = _content(inputs, name)
        if isinstance(content, bytes):
            copies.setdefault(name, Copy(decode(name, content)[0]))
    return OperatorTables(copies, tuple(uses), lists), problems


def below(table: Table) -> str:
    """The path of ``table`` below the config folder; empty when it lies elsewhere."""
    return table.path.removeprefix(BELOW) if table.path.startswith(BELOW) else ""


def _uses(folder: ConfigFolder) -> Iterator[Use]:
    """Each table that an override names, with the operator's own parameters expanded."""
    for where, name, value in stated(folder):
        yield from (Use(where, name, table) for table in dict.fromkeys(tables(value)))


def _content(inputs: Inputs, name: str) -> Content | None:
    """What the table ``name`` of the config folder holds; None for one that lies elsewhere."""
    if not name:
        return None
    sources = inputs.sources
    missing = Unreadable("does not exist")
    return sources.files.get(f"{sources.config_path}/{name}", sources.config.get(name, missing))


def _has_compiled(inputs: Inputs, table: Table, name: str) -> bool:
    """Whether the operator may have compiled the table: Postfix tells whether it can be opened."""
    ending = COMPILED.get(table.type, ".db")
    return table.compiled and ("/" in name or f"{name}{ending}" in inputs.sources.config)


def _unreadable(use: Use, content: Unreadable, *, late: bool, known: Iterable[str]) -> Problem:
    what = f"{use.parameter}: {use.table} {content.reason}"
    if late:
        return Problem(use.where, f"{what} yet", f"{PATCHES} must write it", True)
    hint = did_you_mean(below(use.table), sorted({*known} - {MAIN, MASTER}))
    return Problem(use.where, what, hint or "all mail that needs this table would be put off")
