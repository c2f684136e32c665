"""Provisioner: how Postfix and Dovecot look accounts up, and whether commands can list and edit them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from mailwright.formats.aliases import Alias
from mailwright.model.provisioners.directory import Directory


@dataclass(frozen=True, slots=True)
class PostfixMaps:
    """Postfix's look-ups, each a list of tables in the order in which they are asked (postconf(5), DATABASE_README)."""

    virtual_mailbox_domains: tuple[str, ...]
    virtual_mailbox_maps: tuple[str, ...]
    virtual_alias_maps: tuple[str, ...]
    smtpd_sender_login_maps: tuple[str, ...]
    refused_senders: tuple[str, ...] = ()  # access(5), besides those of the config folder
    refused_recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PostfixTable:
    """A look-up in a directory or database: ldap_table(5), pgsql_table(5), mysql_table(5) or sqlite_table(5).

    Its file is ``/etc/postfix/NAME.cf`` with a line for each parameter. Each of Postfix's programs asks our relay
    itself: proxymap(8) would save connections, which cost nothing there, and makes each look-up slower.
    """

    name: str
    type: str
    parameters: tuple[tuple[str, str], ...]

    def map(self, etc: str) -> str:
        """The table as Postfix's parameters name it."""
        return f"{self.type}:{etc}/postfix/{self.name}.cf"

    def of_addresses(self, name: str) -> PostfixTable:
        """A table of domains as one that finds every address in such a domain, and no domain by itself."""
        asked = ("query", "query_filter")
        parameters = ((key, value.replace("%s", "%d") if key in asked else value) for key, value in self.parameters)
        return replace(self, name=name, parameters=tuple(parameters))

    def having(self, **parameters: str) -> PostfixTable:
        """The table with these values of parameters."""
        return replace(self, parameters=tuple({**dict(self.parameters), **parameters}.items()))


class Provisioner(Protocol):
    """One kind of ACCOUNT_PROVISIONER. Paths in what it returns lie below ``etc``."""

    @property
    def name(self) -> str:
        """Its value of ACCOUNT_PROVISIONER."""

    @property
    def place(self) -> str:
        """Where the accounts are, in an operator's words: ``the config folder``, ``the directory ldap://…``."""

    @property
    def can_list(self) -> bool:
        """Whether ``directory`` holds every account; otherwise only the daemons' look-ups know them."""

    @property
    def can_edit(self) -> bool:
        """Whether ``setup email``, ``alias`` and ``quota`` can change accounts."""

    @property
    def has_quotas(self) -> bool:
        """Whether an account can have a limit of its own."""

    @property
    def directory(self) -> Directory:
        """The accounts and aliases that are known when the configuration is rendered."""

    def implying(self, aliases: tuple[Alias, ...]) -> Provisioner:
        """The provisioner with ``aliases`` that stand nowhere, in its directory."""

    @property
    def dovecot_template(self) -> str:
        """The template of Dovecot's passdb and userdb; rendered as dovecot/accounts.conf, which only root can read."""

    @property
    def tables(self) -> tuple[PostfixTable, ...]:
        """The look-ups that ``postfix`` names, and that need a file each."""

    def postfix(self, etc: str) -> PostfixMaps:
        """Where Postfix looks addresses up."""

    def backends(self, etc: str) -> str:
        """The look-up that finds the node with the mailbox of an address (ROLE=front), as transport(5)."""

    def sender_domains(self, etc: str) -> str:
        """The look-up that finds each address in a domain of ours; nothing if ``directory`` knows all domains."""
