"""Alias expansion: follows the aliases of an address to the mailboxes that get its mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from mailwright.core.memo import remembered_by
from mailwright.core.problems import Problem
from mailwright.formats.accounts import Account
from mailwright.formats.aliases import IMPLIED, Alias


@dataclass(frozen=True)
class AliasExpansion:
    """The aliases and mailboxes as Postfix looks them up (virtual(5)): exact name, without +extension, @domain."""

    aliases: Mapping[str, tuple[str, ...]]
    mailboxes: frozenset[str]
    patterns: bool = False  # regexp aliases are there, whose matches can't be known
    delimiter: str = field(default="+")

    @classmethod
    def of(cls, aliases: tuple[Alias, ...], accounts: Iterable[Account], patterns: bool) -> AliasExpansion:
        """The routes of parsed files."""
        return cls(_targets(aliases), frozenset(account.address for account in accounts), patterns)

    def beside(self, aliases: tuple[Alias, ...]) -> AliasExpansion:
        """These routes and those of more ``aliases``, which lose against what is here."""
        return replace(self, aliases={**_targets(aliases), **self.aliases})

    @cached_property
    def _final(self) -> frozenset[str]:
        """The mailboxes that no alias takes the mail of."""
        return self.mailboxes - self.aliases.keys()

    @cached_property
    def plain(self) -> frozenset[str]:
        """The aliases that lead to mailboxes and nowhere else, as nearly all do, and are no mailboxes themselves."""
        final = self._final
        return frozenset(name for name, to in self.aliases.items() if final.issuperset(to)) - self.mailboxes

    def direct(self, address: str) -> tuple[str, ...]:
        """The targets of an alias that leads to mailboxes and nowhere else, as nearly all do; of others nothing."""
        targets = self.aliases.get(address, ())
        return targets if self._final.issuperset(targets) else ()

    def step(self, address: str) -> tuple[str, ...] | None:
        """The targets of ``address``, or None where no alias is meant."""
        local, _, domain = address.rpartition("@")
        plain = f"{local.split(self.delimiter, 1)[0]}@{domain}"
        for name in (address, plain):
            if name in self.aliases:
                return self.aliases[name]
        if plain in self.mailboxes or f"@{domain}" not in self.aliases:
            return None
        return tuple(f"{local}{name}" if name.startswith("@") else name for name in self.aliases[f"@{domain}"])

    def ends(self, address: str) -> tuple[set[str], bool]:
        """All addresses that mail for ``address`` ends at, and whether it goes round in a loop on the way."""
        if direct := self.direct(address):
            return set(direct), False
        ends: set[str] = set()
        looping = False
        stack = [(address, frozenset[str]())]
        done: set[str] = set()
        while stack:
            current, path = stack.pop()
            targets = self.step(current)
            if targets is None or targets == (current,):
                ends.add(current)
                continue
            done.add(current)
            for target in targets:
                if target == current:
                    ends.add(target)
                elif target in path:
                    looping = True
                elif target not in done:
                    stack.append((target, path | {current}))
        return ends, looping

    def owners(self, address: str) -> list[str]:
        """The accounts that mail for ``address`` reaches, in order: those who may send as it."""
        if direct := self.direct(address):
            return sorted(set(direct))
        ends, _ = self.ends(address)
        plain = {f"{end.rpartition('@')[0].split(self.delimiter, 1)[0]}@{end.rpartition('@')[2]}" for end in ends}
        return sorted(plain & self.mailboxes)


@remembered_by(lambda aliases: bool(aliases) and aliases[0].where == IMPLIED)
def _targets(aliases: tuple[Alias, ...]) -> dict[str, tuple[str, ...]]:
    return {alias.name: tuple(map(str.lower, alias.targets)) for alias in aliases}


def problems(expansion: AliasExpansion, aliases: Iterable[Alias], domains: frozenset[str]) -> Iterator[Problem]:
    """Problems of aliases taken together: loops, and targets in our domains that are not a mailbox."""
    for alias in aliases:
        if alias.name in expansion.plain:
            continue
        start = alias.name if not alias.name.startswith("@") else f"any{alias.name}"
        ends, looping = expansion.ends(start)
        if looping:
            yield Problem(alias.where, f"{alias.name} leads back to itself", "its mail could never be delivered")
        if alias.name.startswith("@") and any(target.startswith("@") for target in alias.targets):
            continue
        if alias.name in expansion.mailboxes and alias.name not in ends:
            yield Problem(
                alias.where,
                f"{alias.name} is an account as well, but the alias takes all its mail",
                f"add {alias.name} to the targets, or remove the alias or the account",
                True,
            )
        for end in sorted(ends):
            local, _, domain = end.rpartition("@")
            plain = f"{local.split(expansion.delimiter, 1)[0]}@{domain}"
            if domain in domains and plain not in expansion.mailboxes and not expansion.patterns and end != start:
                yield Problem(alias.where, f"{alias.name} leads to {end}, which is not a mailbox here", "", True)
