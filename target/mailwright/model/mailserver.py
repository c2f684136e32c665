"""Mailserver: the whole server as typed, checked values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailwright.core.endpoints import Sockets
from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.formats.app_passwords import AppPassword
from mailwright.formats.certificates import Certificate
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model import (
    operator_tables,
)
from mailwright.model.acme import Acme
from mailwright.model.cluster import ROLES, Cluster, Role
from mailwright.model.fail2ban import Fail2ban
from mailwright.model.fetchmail import Fetchmail
from mailwright.model.filters import Rspamd
from mailwright.model.getmail import Mailbox
from mailwright.model.mail_crypt import MailCrypt
from mailwright.model.oauth2 import Oauth2
from mailwright.model.operator_tables import OperatorTables
from mailwright.model.overrides import Overrides
from mailwright.model.provisioners.directory import Directory
from mailwright.model.provisioners.file import FileProvisioner
from mailwright.model.provisioners.provisioner import Provisioner
from mailwright.model.relay_hosts import RelayHosts
from mailwright.model.reports import Report
from mailwright.model.saslauthd import Rimap
from mailwright.model.sieve import Sieve
from mailwright.model.sni import NamedCertificate
from mailwright.model.srs import Srs
from mailwright.model.web import Web
from mailwright.settings import Settings


@dataclass(frozen=True)
class Mailserver:
    """All that a render needs, and nothing that is wrong."""

    settings: Settings
    hostname: str
    domain: str
    postmaster: str
    provisioner: Provisioner = field(default_factory=FileProvisioner)
    cluster: Cluster | None = None  # what this node knows of other nodes; None on a single host
    app_passwords: tuple[AppPassword, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    sni: tuple[NamedCertificate, ...] = ()  # certificates for further names
    acme: Acme | None = None  # how the server gets its certificates itself
    sieve: Sieve = field(default_factory=Sieve)
    overrides: Overrides = field(default_factory=Overrides)
    operator_tables: OperatorTables = operator_tables.NONE
    relay_hosts: RelayHosts = field(default_factory=RelayHosts)
    srs: Srs | None = None
    oauth2: Oauth2 | None = None
    rimap: Rimap | None = None
    mail_crypt: MailCrypt | None = None
    encryption: Mapping[str, TextFile] = field(default_factory=dict)  # account → its public key
    mynetworks: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()  # addresses that may stand for any client
    proxies: tuple[str, ...] = ()  # networks of proxies that speak for clients (PROXY protocol)
    nameservers: tuple[str, ...] = ()
    dkim: tuple[SigningKey, ...] = ()
    rspamd: Rspamd = field(default_factory=Rspamd)
    fail2ban: Fail2ban = field(default_factory=Fail2ban)
    fetchmail: Fetchmail | None = None
    getmail: tuple[Mailbox, ...] = ()
    reports: tuple[Report, ...] = ()
    web: Web | None = None
    sockets: Sockets = field(default_factory=Sockets)
    templates: Mapping[str, TextFile] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def role(self) -> Role:
        """What this node does."""
        return ROLES[self.settings.role]

    @property
    def directory(self) -> Directory:
        """The accounts and aliases that are known when the configuration is rendered."""
        return self.provisioner.directory

    @property
    def certificate_prefixes(self) -> tuple[str, ...]:
        """Prefix of the file names below /etc/dms/tls, one for each certificate."""
        return ("", "fallback_")[: len(self.certificates)]

    @property
    def certificates_by_name(self) -> Mapping[str, tuple[Certificate, ...]]:
        """The certificates that clients see: of the host name and of each further name of mail."""
        if not self.role.mta:
            return {}  # nodes know it by another name
        named = {one.name: (one.certificate,) for one in self.sni if not one.for_web}
        return {self.hostname: self.certificates} | named

    @property
    def loopback(self) -> str:
        """The address on which daemons of ours meet that know no other socket."""
        return "::1" if self.settings.postfix_inet_protocols == "ipv6" else "127.0.0.1"

    @property
    def delivers(self) -> bool:
        """Whether there is an MDA to deliver to."""
        return not self.settings.smtp_only or bool(self.settings.postfix_dagent)

    @property
    def mail_domains(self) -> frozenset[str]:
        """The virtual mailbox domains. Without Dovecot or a stand-in for it no mailbox can be delivered to."""
        return self.directory.domains if self.delivers else frozenset(alias.domain for alias in self.directory.aliases)

    @property
    def has_quotas(self) -> bool:
        """Whether a mailbox here can be full."""
        settings = self.settings
        limited = bool(settings.postfix_mailbox_size_limit) or self.provisioner.has_quotas
        return settings.enable_quotas and not settings.smtp_only and limited

    @property
    def refuses_full_mailboxes(self) -> bool:
        """Whether Postfix knows that a mailbox is full. It asks the Dovecot beside it."""
        return self.has_quotas and self.role.mailboxes

    @property
    def mail_owner(self) -> tuple[int, int]:
        """The user and group, as numbers, that deliver mail and own it."""
        return self.settings.dms_vmail_uid, self.settings.dms_vmail_gid

    @property
    def has_recipients(self) -> bool:
        """Whether mail is for anybody: an account, an alias, or whatever a server without mailboxes passes on."""
        known = bool(self.directory.accounts or self.directory.aliases)
        return known or not self.provisioner.can_list or self.settings.smtp_only

    @property
    def knows_accounts(self) -> bool:
        """Whether a daemon here looks accounts up."""
        return self.role.mta or self.role.mailboxes

    @property
    def checks_logins(self) -> bool:
        """Whether users and mail programs log in here."""
        return self.role.mta and not self.settings.smtp_only

    @property
    def asks_others(self) -> bool:
        """Whether a login is checked by another server, which may be down for a while."""
        others = not self.provisioner.can_list or self.oauth2 or self.rimap
        return bool(others) and self.checks_logins

    @property
    def relays_logins(self) -> bool:
        """Whether auth-relay stands before Dovecot: it knows temporary failures, and names app passwords in the log."""
        names = any("submission" in one.protocols for one in self.app_passwords)
        return self.asks_others or (names and self.checks_logins)

    @property
    def has_fail2ban(self) -> bool:
        """Whether addresses are banned."""
        return self.role.mta and self.settings.enable_fail2ban and self.fail2ban.allowed

    @property
    def has_rspamd(self) -> bool:
        """Whether Rspamd runs here. ENABLE_RSPAMD says whether mail is filtered, here or on another node."""
        return self.role.filters and self.settings.enable_rspamd

    @property
    def learns(self) -> bool:
        """Whether users teach Rspamd by moving mail in their mailboxes here."""
        settings = self.settings
        wanted = settings.rspamd_learn and settings.enable_rspamd and settings.enable_imap
        return wanted and self.role.mailboxes and not settings.smtp_only

    @property
    def has_redis(self) -> bool:
        """Whether Redis runs here."""
        return self.has_rspamd and self.settings.enable_rspamd_redis

    @property
    def filters_submission_apart(self) -> bool:
        """Whether Rspamd has a worker of its own for submission, so that mail of users never waits behind other mail.

        Also where overrides lead that mail elsewhere: a worker that ended while Postfix still asks it would hold mail.
        """
        settings = self.settings
        submission = not settings.smtp_only and (settings.enable_submission or settings.enable_submissions)
        return settings.enable_rspamd and submission

    @property
    def filter_hides_headers(self) -> bool:
        """Whether Rspamd removes the headers that tell a user's program, but for those that a signature covers.

        Postfix, which cannot look for a signature, removes all of them where mail may come past Rspamd.
        """
        settings = self.settings
        waits = settings.enable_rspamd and settings.rspamd_down_action == "defer"
        return waits and not self.overrides.change_submission_filters

    @property
    def smtpd_tls_security_level(self) -> str:
        """STARTTLS on port 25: as said, else offered once the operator gave a certificate."""
        return self.settings.smtpd_tls_security_level or ("none" if self.settings.own_certificate else "may")
