"""LDAP: accounts of a directory. Postfix and Dovecot ask it through our relay, which answers in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from mailwright.core.problems import Findings, Problem, did_you_mean
from mailwright.core.sockets import LMTP
from mailwright.formats.access import refusals
from mailwright.formats.aliases import Alias, local_rows
from mailwright.formats.dovecot_attributes import not_a_path
from mailwright.formats.master_users import masters
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.provisioners import file, ldap_accounts, ldap_server, ldap_tables, ldap_tls
from mailwright.model.provisioners.directory import Directory
from mailwright.model.provisioners.ldap_accounts import LdapAccounts
from mailwright.model.provisioners.ldap_server import LdapServer
from mailwright.model.provisioners.ldap_tls import LdapTls
from mailwright.model.provisioners.provisioner import PostfixMaps, PostfixTable
from mailwright.model.reading import Reading
from mailwright.model.variables import Variables
from mailwright.settings.ldap import Ldap

BACKEND = "mailHost"  # the attribute that names the node with an account's mailbox
VARIABLES = frozenset(name.upper() for name in Ldap.model_fields)
NO_EFFECT = (file.ACCOUNTS, file.VIRTUAL, file.REGEXP, file.QUOTAS)
# Docker and Kubernetes set such variables for a container or service named ldap.
OF_THE_ORCHESTRATOR = (
    "LDAP_PORT",
    "LDAP_NAME",
    "LDAP_ENV_",
    "LDAP_SERVICE_",
    "LDAP_SERVER_SERVICE_",
    "LDAP_SERVER_PORT_",
)


@dataclass(frozen=True)
class LdapProvisioner:
    """Accounts and aliases that a directory knows."""

    directory: Directory = field(default_factory=Directory)
    server: LdapServer = field(default_factory=LdapServer)  # as Postfix reaches it
    dovecot_server: LdapServer = field(default_factory=LdapServer)
    tls: LdapTls = field(default_factory=LdapTls)
    accounts: LdapAccounts = field(default_factory=LdapAccounts)
    by_kind: Mapping[str, PostfixTable] = field(default_factory=dict)
    fixed_domains: tuple[str, ...] = ()  # empty: the directory is asked
    postmaster: str = ""
    leads: bool = False  # ROLE=front
    name: ClassVar[str] = "LDAP"
    can_list: ClassVar[bool] = False
    can_edit: ClassVar[bool] = False
    dovecot_template: ClassVar[str] = "dovecot/accounts_ldap.conf.j2"

    @property
    def backend_attribute(self) -> str:
        """The attribute that names the node with an account's mailbox."""
        return BACKEND

    @property
    def place(self) -> str:
        """The directory and its first server."""
        return self.server.place

    @property
    def has_quotas(self) -> bool:
        """Whether an attribute limits a mailbox."""
        return self.accounts.has_quotas

    def implying(self, aliases: tuple[Alias, ...]) -> LdapProvisioner:
        """With ``aliases`` that stand in no file; each but root's leads to the postmaster."""
        target = next((alias.targets[0] for alias in aliases), "")
        return replace(self, directory=self.directory.implying(aliases), postmaster=target)

    @property
    def tables(self) -> tuple[PostfixTable, ...]:
        """Every look-up. A mailbox is its own alias (ldap-own), so that a catch-all gets unknown addresses only."""
        users = self._users
        own = replace(users.having(result_format="%S"), name="ldap-own")
        named = (self.by_kind[kind] for kind in ("groups", "aliases", "senders") if kind in self.by_kind)
        backends = (self._backends,) if self.leads else ()
        return (users, own, *self._domain_tables, *named, *backends)

    @property
    def _users(self) -> PostfixTable:
        """The look-up of an account; one whose name is a path gets no mail."""
        users = self.by_kind["users"]
        asked = dict(users.parameters)["query_filter"]
        return users.having(query_filter=f"(&{asked}{not_a_path('mail')})")

    @property
    def _backends(self) -> PostfixTable:
        """The look-up of the node with an account's mailbox, as transport(5)."""
        leading = self._users.having(result_attribute=BACKEND, result_format=f"lmtp:inet:[%s]:{LMTP}")
        return replace(leading, name="ldap-backends")

    @property
    def _domain_tables(self) -> tuple[PostfixTable, ...]:
        """The look-ups of a domain, and of an address in a domain."""
        domains = self.by_kind["domains"].having(size_limit="1")  # one entry is enough to know a domain
        return () if self.fixed_domains else (domains, domains.of_addresses("ldap-sender-domains"))

    def backends(self, etc: str) -> str:
        """The directory knows on which backend a mailbox is."""
        return self._backends.map(etc) if self.leads else ""

    def sender_domains(self, etc: str) -> str:
        """The look-up of an address in a domain of ours."""
        if self.fixed_domains:
            return f"pipemap:{{pcre:{{{{/@(.+)/ $$1}}}}, {self._known_domains}}}"
        return self._domain_tables[1].map(etc)

    @property
    def _known_domains(self) -> str:
        return f"inline:{{{', '.join(f'{domain}=ours' for domain in self.fixed_domains)}}}"

    def postfix(self, etc: str) -> PostfixMaps:
        """The directory's tables; those of the host's own aliases come last, so that the directory's entries win."""
        maps = {table.name: table.map(etc) for table in self.tables}
        domains = self._known_domains if self.fixed_domains else maps["ldap-domains"]
        aliases = (maps["ldap-aliases"], maps["ldap-groups"])
        return PostfixMaps(
            virtual_mailbox_domains=(domains,),
            virtual_mailbox_maps=(maps["ldap-users"],),
            virtual_alias_maps=(maps["ldap-own"], *aliases, f"lmdb:{etc}/postfix/virtual", *self._postmasters(domains)),
            smtpd_sender_login_maps=(maps["ldap-senders"],)
            if "ldap-senders" in maps
            else (maps["ldap-users"], *aliases),
        )

    def _postmasters(self, domains: str) -> tuple[str, ...]:
        """postmaster@ of each of our domains, where the directory has no such address (RFC 5321, section 4.5.1)."""
        if not self.postmaster:
            return ()
        domain_of = "pcre:{{/^postmaster@(.+)/ $$1}}"
        return (f"pipemap:{{{domain_of}, {domains}, static:{{{self.postmaster}}}}}",)


def provisioner(reading: Reading, folder: ConfigFolder) -> tuple[LdapProvisioner, list[Problem]]:
    """LDAP as the variables and files describe it, and the Problems with them."""
    problems, variables = Findings(), reading.variables
    server, dovecot_server, wrong = ldap_server.servers(variables)
    problems.extend(wrong)
    by_kind = problems.keep(ldap_tables.tables(variables, folder))
    accounts = problems.keep(ldap_accounts.accounts(variables))
    if variables.settings.spoof_protection and not accounts.names_by_mail and "senders" not in by_kind:
        what = "must be set if accounts are not named by the attribute mail: who may send with an address?"
        problems.append(variables.error("LDAP_QUERY_FILTER_SENDERS", what, "or SPOOF_PROTECTION=0"))
    if variables.settings.smtp_only and not variables.settings.postfix_dagent:
        what = "SMTP_ONLY runs no Dovecot, so mail for accounts in a directory could not be delivered"
        problems.append(variables.error("ACCOUNT_PROVISIONER", what, "SMTP_ONLY=0, or POSTFIX_DAGENT"))
    problems.extend(_unknown(variables))
    fixed = tuple(domain.lstrip(".") for domain in variables.settings.ldap_domains.split(",") if domain)
    value = LdapProvisioner(
        directory=problems.keep(_directory(folder)),
        server=server,
        dovecot_server=dovecot_server,
        tls=problems.keep(ldap_tls.tls(variables, reading.sources.files)),
        accounts=accounts,
        by_kind=by_kind,
        fixed_domains=fixed,
        leads=variables.settings.role == "front",
    )
    return value, problems


def _directory(folder: ConfigFolder) -> tuple[Directory, list[Problem]]:
    """What the config folder says besides accounts and aliases."""
    problems = Findings()
    value = Directory(
        local=folder.text(file.LOCAL),
        local_names=problems.keep(folder.parsed(file.LOCAL, local_rows)),
        refused_senders=problems.keep(folder.parsed(file.SEND, refusals)),
        refused_recipients=problems.keep(folder.parsed(file.RECEIVE, refusals)),
        masters=problems.keep(folder.parsed(file.MASTERS, masters)),
    )
    return value, problems


def _unknown(variables: Variables) -> list[Problem]:
    """A warning for each LDAP_… that is no parameter of ldap_table(5)."""
    unknown = [
        name
        for name in variables.values
        if name.startswith("LDAP_") and name not in VARIABLES and not name.startswith(OF_THE_ORCHESTRATOR)
    ]
    return [
        Problem(
            variables.origin(name), f"{name} is not a parameter of ldap_table(5)", did_you_mean(name, VARIABLES), True
        )
        for name in unknown
        if not did_you_mean(name, VARIABLES, 0.87)  # settings.unknown_names tells these
    ]


def without_effect(variables: Variables) -> list[Problem]:
    """A warning for each variable of LDAP that is set while accounts are elsewhere."""
    return [
        variables.warning(name, "has no effect without ACCOUNT_PROVISIONER=LDAP")
        for name in sorted(VARIABLES)
        if variables.is_chosen(name)
    ]
