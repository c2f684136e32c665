"""Directory: the accounts and aliases of this server, and what is refused from and for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from mailwright.core.textfile import TextFile
from mailwright.formats.access import Refusal
from mailwright.formats.accounts import Account
from mailwright.formats.aliases import Alias, may_match
from mailwright.formats.master_users import Master
from mailwright.formats.quotas import Quota
from mailwright.model import alias_expansion


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
    def written_expansion(self) -> alias_expansion.AliasExpansion:
        """Where mail for our addresses ends, as far as the operator wrote it."""
        return alias_expansion.AliasExpansion.of(self.aliases, self.accounts, self.regexp is not None)

    @cached_property
    def expansion(self) -> alias_expansion.AliasExpansion:
        """Where mail for our addresses ends."""
        return self.written_expansion.beside(self.implied)

    def implying(self, aliases: tuple[Alias, ...]) -> Directory:
        """The directory with ``aliases`` that stand in no file."""
        more = replace(self, implied=aliases)
        vars(more).update(written_expansion=self.written_expansion, domains=self.domains)  # unchanged, and long to make
        return more

    def receives(self, address: str) -> bool:
        """Whether mail for ``address`` of ours is accepted, as far as that can be known."""
        known = address in self.expansion.mailboxes or self.expansion.step(address) is not None
        return known or (self.regexp is not None and may_match(self.regexp, address))
