"""Provisioner: how Postfix and Dovecot look accounts up, and whether commands can list and edit them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mailwright.model.provisioners.directory import Directory


@dataclass(frozen=True, slots=True)
class PostfixMaps:
    """Postfix's look-ups, each a list of tables in the order in which they are asked (postconf(5), DATABASE_README)."""

    virtual_mailbox_domains: tuple[str, ...]
    virtual_mailbox_maps: tuple[str, ...]
    virtual_alias_maps: tuple[str, ...]
    smtpd_sender_login_maps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthBlock:
    """One ``passdb NAME { … }`` or ``userdb NAME { … }`` of dovecot.conf, its settings in their order."""

    name: str
    settings: tuple[tuple[str, str], ...]


class Provisioner(Protocol):
    """One kind of ACCOUNT_PROVISIONER. Paths in what it returns lie below ``etc``."""

    @property
    def name(self) -> str:
        """Its value of ACCOUNT_PROVISIONER."""

    @property
    def can_list(self) -> bool:
        """Whether ``directory`` holds every account; otherwise only the daemons' look-ups know them."""

    @property
    def can_edit(self) -> bool:
        """Whether ``setup email``, ``alias`` and ``quota`` can change accounts."""

    @property
    def directory(self) -> Directory:
        """The accounts and aliases that are known when the configuration is rendered."""

    def postfix(self, etc: str) -> PostfixMaps:
        """Where Postfix looks addresses up."""

    def passdbs(self, etc: str) -> tuple[AuthBlock, ...]:
        """Where Dovecot checks passwords."""

    def userdbs(self, etc: str) -> tuple[AuthBlock, ...]:
        """Where Dovecot finds the users. Their numbers and homes are the same for all."""
