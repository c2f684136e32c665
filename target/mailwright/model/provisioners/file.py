"""Directory: who has a mailbox here, and which addresses lead where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from mailwright.core.problems import Findings, Problem
from mailwright.core.textfile import TextFile
from mailwright.formats.access import Refusal, refusals
from mailwright.formats.accounts import Account, accounts
from mailwright.formats.aliases import Alias, aliases, local_rows, regexp_rows
from mailwright.formats.master_users import Master, masters
from mailwright.formats.quotas import Quota, quotas
from mailwright.model import alias_expansion
from mailwright.model.config_folder import ConfigFolder

ACCOUNTS, VIRTUAL = "postfix-accounts.cf", "postfix-virtual.cf"
REGEXP, LOCAL = "postfix-regexp.cf", "postfix-aliases.cf"
QUOTAS, MASTERS = "dovecot-quotas.cf", "dovecot-masters.cf"
SEND, RECEIVE = "postfix-send-access.cf", "postfix-receive-access.cf"


@dataclass(frozen=True)
class Directory:
    """Accounts, aliases, and what is refused from and for them.

    ``implied`` aliases stand in no file; what the operator wrote wins over them.
    """

    accounts: tuple[Account, ...] = ()
    aliases: tuple[Alias, ...] = ()
    implied: tuple[Alias, ...] = ()
    regexp: TextFile | None = None
    local: TextFile | None = None
    local_names: tuple[str, ...] = ()
    refused_senders: tuple[Refusal, ...] = ()
    refused_recipients: tuple[Refusal, ...] = ()
    quotas: tuple[Quota, ...] = ()
    masters: tuple[Master, ...] = ()

    @cached_property
    def domains(self) -> frozenset[str]:
        """The virtual mailbox domains: those of the accounts and of the aliases."""
        ours = {account.address.rpartition("@")[2] for account in self.accounts}
        return frozenset(ours | {alias.name.rpartition("@")[2] for alias in self.aliases})

    @cached_property
    def written_routes(self) -> alias_expansion.Routes:
        """Where mail for our addresses ends, as far as the operator wrote it."""
        return alias_expansion.Routes.of(self.aliases, self.accounts, self.regexp is not None)

    @cached_property
    def routes(self) -> alias_expansion.Routes:
        """Where mail for our addresses ends."""
        return self.written_routes.beside(self.implied)

    def implying(self, aliases: tuple[Alias, ...]) -> Directory:
        """The directory with ``aliases`` that stand in no file."""
        more = replace(self, implied=aliases)
        vars(more).update(written_routes=self.written_routes, domains=self.domains)  # unchanged, and long to make
        return more

    def receives(self, address: str) -> bool:
        """Whether mail for ``address`` of ours is accepted, as far as that can be known."""
        known = address in self.routes.mailboxes or self.routes.step(address) is not None
        return known or self.regexp is not None


def directory(folder: ConfigFolder) -> tuple[Directory, list[Problem]]:
    """The Directory of the config folder, and what is wrong with its files."""
    problems = Findings()
    regexp = folder.text(REGEXP)
    if regexp:
        problems.extend(regexp_rows(regexp))
    found = Directory(
        accounts=problems.keep(folder.parsed(ACCOUNTS, accounts)),
        aliases=problems.keep(folder.parsed(VIRTUAL, aliases)),
        regexp=regexp,
        local=folder.text(LOCAL),
        local_names=problems.keep(folder.parsed(LOCAL, local_rows)),
        refused_senders=problems.keep(folder.parsed(SEND, refusals)),
        refused_recipients=problems.keep(folder.parsed(RECEIVE, refusals)),
        quotas=problems.keep(folder.parsed(QUOTAS, quotas)),
        masters=problems.keep(folder.parsed(MASTERS, masters)),
    )
    problems.extend(alias_expansion.doubts(found.routes, found.aliases, found.domains))
    if any(alias.name.startswith("@") for alias in found.aliases):
        found = replace(found, aliases=tuple(_with_expanded_domains(found)))
    problems.extend(_unknown_refused(found))
    problems.extend(
        Problem(quota.where, f"there is no account {quota.address}", "", True)
        for quota in found.quotas
        if quota.address not in found.written_routes.mailboxes
    )
    return found, problems


def _unknown_refused(found: Directory) -> Iterator[Problem]:
    """A warning for each refused address that could be ours and is nobody's."""
    for refusal in found.refused_senders + found.refused_recipients:
        ours = refusal.address.rpartition("@")[2] in found.domains
        if ours and not found.receives(refusal.address):
            yield Problem(refusal.where, f"{refusal.address} is neither an account nor an alias", "", True)


def _with_expanded_domains(found: Directory) -> Iterator[Alias]:
    """``@old @ours`` as one alias per address of ours, so that Postfix refuses at RCPT what could only bounce."""
    written = {alias.name for alias in found.aliases}
    for alias in found.aliases:
        if not alias.name.startswith("@"):
            yield alias
            continue
        ours = [target for target in alias.targets if target.startswith("@") and target[1:] in found.domains]
        if len(ours) != len(alias.targets):
            yield alias
            continue
        for local in sorted({local for target in ours for local in _local_parts(found, target[1:])}):
            name = f"{local}{alias.name}"
            if name not in written:
                yield Alias(name, tuple(f"{local}{target}" for target in ours), alias.where)


def _local_parts(found: Directory, domain: str) -> Iterator[str]:
    """The local parts in use in ``domain``; empty for a catch-all."""
    yield from (account.address.local for account in found.accounts if account.address.domain == domain)
    yield from (alias.name.rpartition("@")[0] for alias in found.aliases if alias.domain == domain)
