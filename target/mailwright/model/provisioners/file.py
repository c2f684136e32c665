"""FILE: accounts and aliases of the config folder's files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

from mailwright.core.problems import Findings, Problem
from mailwright.formats.access import refusals
from mailwright.formats.accounts import accounts
from mailwright.formats.aliases import Alias, aliases, local_rows, regexp_rows
from mailwright.formats.master_users import masters
from mailwright.formats.quotas import quotas
from mailwright.model import alias_expansion
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners.directory import Directory
from mailwright.model.provisioners.provisioner import PostfixMaps, PostfixTable

ACCOUNTS, VIRTUAL = "postfix-accounts.cf", "postfix-virtual.cf"
REGEXP, LOCAL = "postfix-regexp.cf", "postfix-aliases.cf"
QUOTAS, MASTERS = "dovecot-quotas.cf", "dovecot-masters.cf"
SEND, RECEIVE = "postfix-send-access.cf", "postfix-receive-access.cf"


@dataclass(frozen=True)
class FileProvisioner:
    """Accounts and aliases of the config folder's files: compiled tables for Postfix, a passwd-file for Dovecot."""

    directory: Directory = field(default_factory=Directory)
    name: ClassVar[str] = "FILE"
    place: ClassVar[str] = "the config folder"
    can_list: ClassVar[bool] = True
    can_edit: ClassVar[bool] = True
    dovecot_template: ClassVar[str] = "dovecot/accounts_file.conf.j2"
    tables: ClassVar[tuple[PostfixTable, ...]] = ()

    @property
    def has_quotas(self) -> bool:
        """Whether a quota limits a mailbox."""
        limits = any(quota.limit for quota in self.directory.quotas)
        return limits or any("quota" in account.extra for account in self.directory.accounts)

    def implying(self, aliases: tuple[Alias, ...]) -> FileProvisioner:
        """With ``aliases`` that stand in no file."""
        return FileProvisioner(self.directory.implying(aliases))

    def postfix(self, etc: str) -> PostfixMaps:
        """Tables of our own rendering, and the operator's patterns."""
        patterns = self.directory.regexp is not None
        mailboxes = f"lmdb:{etc}/postfix/mailboxes"

        def with_patterns(table: str, sub_addresses: str) -> tuple[str, ...]:
            own = (f"lmdb:{etc}/postfix/{table}", mailboxes)
            return (*own, f"pcre:{etc}/postfix/{sub_addresses}", f"pcre:{etc}/postfix/regexp") if patterns else own

        return PostfixMaps(
            virtual_mailbox_domains=(f"lmdb:{etc}/postfix/domains",),
            virtual_mailbox_maps=(mailboxes,),
            virtual_alias_maps=with_patterns("virtual", "sub_addresses"),
            smtpd_sender_login_maps=with_patterns("senders", "sub_senders"),
        )

    def backends(self, _: str) -> str:
        """Nothing: a front has no accounts in files."""
        return ""

    def sender_domains(self, _: str) -> str:
        """Nothing: the directory knows all domains."""
        return ""


def provisioner(folder: ConfigFolder) -> tuple[FileProvisioner, list[Problem]]:
    """FILE with what the config folder says, and the Problems with it."""
    value, problems = directory(folder)
    return FileProvisioner(value), problems


def directory(folder: ConfigFolder) -> tuple[Directory, list[Problem]]:
    """The Directory of the config folder, and the Problems with its files."""
    problems = Findings()
    regexp = folder.text(REGEXP)
    if regexp:
        problems.extend(regexp_rows(regexp))
    value = Directory(
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
    problems.extend(alias_expansion.problems(value.expansion, value.aliases, value.domains))
    if any(alias.name.startswith("@") for alias in value.aliases):
        value = replace(value, aliases=tuple(_with_expanded_domains(value)))
    problems.extend(_unknown_refused(value))
    problems.extend(
        Problem(quota.where, f"there is no account {quota.address}", "", True)
        for quota in value.quotas
        if quota.address not in value.written_expansion.mailboxes
    )
    return value, problems


def _unknown_refused(directory: Directory) -> Iterator[Problem]:
    """A warning for each refused address that could be ours and is nobody's."""
    for refusal in directory.refused_senders + directory.refused_recipients:
        ours = refusal.address.rpartition("@")[2] in directory.domains
        if ours and not directory.receives(refusal.address):
            yield Problem(refusal.where, f"{refusal.address} is neither an account nor an alias", "", True)


def _with_expanded_domains(directory: Directory) -> Iterator[Alias]:
    """``@old @ours`` as one alias per address of ours, so that Postfix refuses at RCPT what could only bounce."""
    written = {alias.name for alias in directory.aliases}
    for alias in directory.aliases:
        if not alias.name.startswith("@"):
            yield alias
            continue
        ours = [target for target in alias.targets if target.startswith("@") and target[1:] in directory.domains]
        if len(ours) != len(alias.targets):
            yield alias
            continue
        for local in sorted({local for target in ours for local in _local_parts(directory, target[1:])}):
            name = f"{local}{alias.name}"
            if name not in written:
                yield Alias(name, tuple(f"{local}{target}" for target in ours), alias.where)


def _local_parts(directory: Directory, domain: str) -> Iterator[str]:
    """The local parts in use in ``domain``; empty for a catch-all."""
    yield from (account.address.local for account in directory.accounts if account.address.domain == domain)
    yield from (alias.name.rpartition("@")[0] for alias in directory.aliases if alias.domain == domain)
