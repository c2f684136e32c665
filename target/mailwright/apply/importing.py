"""Importing: what was Found on another server beside what is here → what would change. What is here wins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from mailwright.apply import imported_files
from mailwright.apply.editing import (
    ACCESS,
    ACCOUNTS,
    ALIASES,
    MASTERS,
    QUOTAS,
    RELAY_LOGINS,
    RELAY_MAP,
    Changes,
    ConfigFile,
)
from mailwright.apply.imported_files import HERE, Item
from mailwright.core import values
from mailwright.core.problems import errors
from mailwright.formats.aliases import Alias
from mailwright.formats.foreign_hashes import scheme
from mailwright.model.alias_expansion import AliasExpansion, problems
from mailwright.model.imports.found import Found, Left
from mailwright.model.sources import Content

KINDS: Mapping[ConfigFile, str] = {
    QUOTAS: "quota",
    ACCESS["send"]: "may not send",
    ACCESS["receive"]: "may not receive",
    RELAY_MAP: "relay host",
    RELAY_LOGINS: "relay login",
    MASTERS: "master user",
}


@dataclass
class Plan:
    """What would be done with what was Found. Secrets are in ``rows`` and ``files`` only."""

    found: Found
    changes: Changes
    update: bool
    items: list[Item] = field(default_factory=list)
    same: int = 0
    rows: dict[ConfigFile, dict[str, str]] = field(default_factory=dict)
    files: dict[str, str | None] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not self.files and not any(self.rows.values())

    @property
    def left(self) -> list[Left]:
        """What stays behind."""
        return self.found.left

    def carry_out(self) -> None:
        """``changes`` has it all."""
        for file, rows in self.rows.items():
            self.changes.change(file, self.changes.rows(file).with_all(rows))
        self.changes.files |= self.files

    def decide(self, kind: str, name: str, value: str, same: bool | None, blocked: str = "") -> bool:
        """Whether it is to be written. ``same``: None if nothing is here, else whether it is the same."""
        if same:
            self.same += 1
            return False
        if blocked or (same is False and not self.update):
            self.items.append(Item("keep", kind, name, value, blocked or "differs here"))
            return False
        self.items.append(Item("add" if same is None else "change", kind, name, value))
        return True


def plan(found: Found, changes: Changes, here: Mapping[str, Content], update: bool) -> Plan:
    """The Plan beside what is here: ``changes`` have the rows, ``here`` has the files of the config folder.

    ``update`` lets the other server's value replace ours.
    """
    result = Plan(found, changes, update)
    accounts = {name.lower() for name, _ in changes.rows(ACCOUNTS)}
    aliases = {name: list(map(str.lower, to)) for name, to in changes.recipients().items()}
    _accounts(result, aliases)
    _aliases(result, accounts, aliases)
    _drop_loops(result, accounts, aliases)
    for file in KINDS:
        _others(result, file, accounts)
    names = (*accounts, *aliases, *result.rows.get(ACCOUNTS, ()), *result.rows.get(ALIASES, ()))
    domains = {name.rpartition("@")[2] for name in names}
    files = {name: content for name, content in here.items() if isinstance(content, bytes)}
    for item, more in imported_files.decided(found, files, domains, accounts, update):
        if item.action == "same":
            result.same += 1
            continue
        result.items.append(item)
        result.files |= more
    return result


def _accounts(result: Plan, aliases: Collection[str]) -> None:
    here = {name.lower(): rest for name, rest in result.changes.rows(ACCOUNTS)}
    for name, rest in result.found.rows[ACCOUNTS.name].items():
        old, is_locked = here.get(name), name in result.found.locked
        same = None if old is None else is_locked or old.partition("|")[0].strip() == rest.partition("|")[0]
        blocked = "is an alias here" if old is None and name in aliases else ""
        value = "no password" if is_locked else scheme(rest.partition("|")[0])
        if result.decide("account", name, value, same, blocked):
            result.rows.setdefault(ACCOUNTS, {})[name] = rest


def _aliases(result: Plan, accounts: Collection[str], here: Mapping[str, list[str]]) -> None:
    for name, rest in result.found.rows[ALIASES.name].items():
        old = here.get(name)
        same = None if old is None else set(old) == set(rest.lower().split(","))
        blocked = HERE if old is None and name in accounts and not result.update else ""
        kind = "alias" if not name.startswith("@") else "alias domain" if rest.startswith("@") else "catch-all"
        if result.decide(kind, name, rest.replace(",", ", "), same, blocked):
            result.rows.setdefault(ALIASES, {})[name] = rest


def _drop_loops(result: Plan, accounts: Collection[str], here: Mapping[str, list[str]]) -> None:
    """No alias that leads back to itself is left: Postfix could never deliver its mail."""
    new = result.rows.get(ALIASES, {})
    targets = {name: tuple(to) for name, to in here.items()} | {name: tuple(to.split(",")) for name, to in new.items()}
    boxes = frozenset([*accounts, *result.rows.get(ACCOUNTS, ())])
    aliases = [Alias(name, tuple(to.split(",")), name) for name, to in new.items()]
    domains = frozenset(name.rpartition("@")[2] for name in (*boxes, *targets))
    lower = {name: tuple(map(str.lower, to)) for name, to in targets.items()}
    looping = {problem.where for problem in errors(problems(AliasExpansion(lower, boxes), aliases, domains))}
    for name in looping:
        del new[name]
        result.found.leave("alias", name, "leads back to itself")
    result.items = [item for item in result.items if item.name not in looping or item.kind == "account"]


def _others(result: Plan, file: ConfigFile, accounts: Collection[str]) -> None:
    """The rows of a file in which a name has one value."""
    rows = result.found.rows.get(file.name, {})
    here = {name.lower(): rest for name, rest in result.changes.rows(file)} if rows else {}
    kept = {item.name for item in result.items if item.action == "keep" and item.kind == KINDS[RELAY_MAP]}
    logins = _domains_with_login(result) if file is RELAY_MAP and rows else ()
    for name, rest in rows.items():
        old, blocked = here.get(name), ""
        if file is RELAY_LOGINS and name in kept:
            blocked = "its relay host is another one here"  # which must not get this password
        elif file is RELAY_MAP and rest and name.rpartition("@")[2] in logins:
            blocked = "it would get a login that is here for this domain"
        elif old is None and name in accounts and not result.update:
            blocked = HERE
        same = None if old is None else SAME.get(file, str.__eq__)(old, rest)
        if result.decide(KINDS[file], name, SHOWN.get(file, str)(rest), same, blocked):
            result.rows.setdefault(file, {})[name] = rest


def _domains_with_login(result: Plan) -> Collection[str]:
    """Domains whose mail, all or some of it, has a login here that stays."""
    replaced = result.found.rows[RELAY_LOGINS.name] if result.update else {}
    keys = {key.lower() for key, _ in result.changes.rows(RELAY_LOGINS)} - replaced.keys()
    return {key.rpartition("@")[2] for key in keys if "@" in key}


def _size(text: str) -> int:
    try:
        return values.byte_size(text)
    except ValueError:
        return -1


# How rows are compared and shown, where not as text.
SAME: Mapping[ConfigFile, Callable[[str, str], bool]] = {QUOTAS: lambda one, other: _size(one) == _size(other)}
SHOWN: Mapping[ConfigFile, Callable[[str], str]] = {
    RELAY_LOGINS: lambda rest: rest.partition(":")[0],
    MASTERS: lambda rest: scheme(rest) if rest.startswith("{") else "hash",
    RELAY_MAP: lambda rest: rest or "directly",
}
