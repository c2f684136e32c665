"""Mailserver: the whole server as typed, checked values; build() makes it of a Reading, or tells every Problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mailwright.core.endpoints import Sockets
from mailwright.core.problems import ConfigurationError, Findings, Problem, errors, shown
from mailwright.core.textfile import TextFile
from mailwright.formats import resolv_conf
from mailwright.formats.app_passwords import AppPassword
from mailwright.formats.certificates import Certificate
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model import (
    acme,
    app_passwords,
    certificates,
    encryption,
    fail2ban,
    fetchmail,
    filters,
    getmail,
    gone_places,
    host_name,
    mail_crypt,
    mounts,
    networks,
    oauth2,
    operator_services,
    operator_tables,
    overrides,
    patches,
    postmaster,
    proxies,
    relay_hosts,
    reports,
    saslauthd,
    sieve,
    srs,
    web,
)
from mailwright.model.acme import Acme
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.fail2ban import Fail2ban
from mailwright.model.fetchmail import Fetchmail
from mailwright.model.filters import Rspamd
from mailwright.model.getmail import Mailbox
from mailwright.model.inputs import Inputs
from mailwright.model.mail_crypt import MailCrypt
from mailwright.model.oauth2 import Oauth2
from mailwright.model.operator_tables import OperatorTables
from mailwright.model.overrides import Overrides
from mailwright.model.provisioners import chosen, file
from mailwright.model.provisioners.directory import Directory
from mailwright.model.provisioners.file import FileProvisioner
from mailwright.model.provisioners.provisioner import Provisioner
from mailwright.model.reading import Reading
from mailwright.model.relay_hosts import RelayHosts, transport
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
    def directory(self) -> Directory:
        """The accounts and aliases that are known when the configuration is rendered."""
        return self.provisioner.directory

    @property
    def certificate_prefixes(self) -> tuple[str, ...]:
        """Prefix of the file names below /etc/dms/tls, one for each certificate."""
        return ("", "fallback_")[: len(self.certificates)]

    @property
    def certificates_by_name(self) -> Mapping[str, tuple[Certificate, ...]]:
        """The certificates of the host name and of each further name of mail."""
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
    def mail_owner(self) -> tuple[int, int]:
        """The user and group, as numbers, that deliver mail and own it."""
        return self.settings.dms_vmail_uid, self.settings.dms_vmail_gid

    @property
    def has_recipients(self) -> bool:
        """Whether mail is for anybody: an account, an alias, or whatever a server without mailboxes passes on."""
        known = bool(self.directory.accounts or self.directory.aliases)
        return known or not self.provisioner.can_list or self.settings.smtp_only

    @property
    def asks_others(self) -> bool:
        """Whether a login is checked by another server, which may be down for a while."""
        others = not self.provisioner.can_list or self.oauth2 or self.rimap
        return bool(others) and not self.settings.smtp_only

    @property
    def relays_logins(self) -> bool:
        """Whether auth-relay stands before Dovecot: it knows temporary failures, and names app passwords in the log."""
        names = any("submission" in one.protocols for one in self.app_passwords)
        return self.asks_others or (names and not self.settings.smtp_only)

    @property
    def has_fail2ban(self) -> bool:
        """Whether addresses are banned."""
        return self.settings.enable_fail2ban and self.fail2ban.allowed

    @property
    def has_redis(self) -> bool:
        """Whether Redis runs here."""
        return self.settings.enable_rspamd and self.settings.enable_rspamd_redis

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


# Each part of the Mailserver by its field, in the order of their Problems.
PARTS: Mapping[str, Callable[[Inputs], tuple[object, Iterable[Problem]]]] = {
    "postmaster": postmaster.postmaster,
    "app_passwords": app_passwords.app_passwords,
    "certificates": certificates.own_certificates,
    "sni": acme.named_certificates,
    "acme": acme.acme,
    "sieve": sieve.sieve,
    "overrides": overrides.overrides,
    "operator_tables": operator_tables.operator_tables,
    "relay_hosts": relay_hosts.relay_hosts,
    "srs": srs.srs,
    "rimap": saslauthd.rimap,
    "oauth2": oauth2.oauth2,
    "mail_crypt": mail_crypt.mail_crypt,
    "encryption": encryption.encryption,
    "mynetworks": networks.mynetworks,
    "gateways": networks.gateways,
    "proxies": proxies.proxies,
    "dkim": filters.dkim,
    "rspamd": filters.rspamd,
    "fail2ban": fail2ban.fail2ban,
    "fetchmail": fetchmail.fetchmail,
    "getmail": getmail.getmail,
    "reports": reports.reports,
    "web": web.web,
}


def build(reading: Reading, folder: ConfigFolder | None = None) -> Mailserver:
    """The Mailserver that ``reading`` describes; ConfigurationError with every Problem if one is not a warning.

    A ``folder`` that is given knows afterwards which of its files are read.
    """
    problems = Findings(reading.variables.problems)
    folder = folder or ConfigFolder(reading.sources.config)
    problems.extend(_general_problems(reading))
    inputs = Inputs(reading, folder, problems.keep(chosen.provisioner(reading, folder)))
    problems.extend(mounts.unused(inputs))
    problems.extend(patches.unread(inputs))
    problems.extend(gone_places.problems(inputs))
    parts = {name: problems.keep(part(inputs)) for name, part in PARTS.items()}
    mailserver = _assembled(inputs, parts)
    problems.extend(folder.unreadable)
    problems.extend(folder.unknown())
    problems.extend(_taken_together(mailserver, inputs))
    if errors(problems):
        raise ConfigurationError(problems)
    return replace(mailserver, warnings=tuple(problems))


def _assembled(inputs: Inputs, parts: Mapping[str, Any]) -> Mailserver:
    """The Mailserver of its parts, with the aliases that follow from the postmaster's address."""
    reading = inputs.reading
    implied = postmaster.implied_aliases(inputs.directory, parts["postmaster"], reading.hostname)
    return Mailserver(
        settings=reading.settings,
        hostname=reading.hostname,
        domain=reading.domain,
        provisioner=inputs.provisioner.implying(implied),
        nameservers=reading.sources.nameservers,
        templates=reading.sources.templates,
        **parts,
    )


def _taken_together(mailserver: Mailserver, inputs: Inputs) -> Iterator[Problem]:
    """What is wrong with parts that are fine each by itself."""
    variables, settings = inputs.variables, mailserver.settings
    yield from _nobody(mailserver)
    yield from filters.problems(settings, mailserver.rspamd, mailserver.dkim, variables)
    yield from proxies.problems(mailserver.proxies, mailserver.overrides)
    yield from srs.unreachable(mailserver.srs, variables, mailserver.mail_domains)
    if settings.enable_dane:
        yield from resolv_conf.unfit_for_dane(mailserver.nameservers, variables.origin("ENABLE_DANE"))
    if template := mailserver.templates.get("postfix/master.cf.j2"):
        services = template.text + "".join(f"\n{transport(hop)} unix -" for hop in mailserver.relay_hosts.special)
        yield from operator_services.problems(mailserver.overrides.master, f"{services}\n", settings)


def _nobody(mailserver: Mailserver) -> list[Problem]:
    if mailserver.has_recipients:
        return []
    what = "no accounts yet: nobody can log in, and mail is not received; other servers are told to try again later"
    return [Problem(file.ACCOUNTS, what, "setup email add ADDRESS", True)]


def _general_problems(reading: Reading) -> Iterator[Problem]:
    settings, variables = reading.settings, reading.variables
    yield from host_name.problems(reading)
    if settings.tz and settings.tz not in reading.sources.timezones:
        zone = "the value" if variables.values["TZ"].from_file else shown(settings.tz)
        yield variables.error("TZ", f"{zone} is not a time zone", "such as Europe/Berlin")
    yield from certificates.without_effect(variables)
    if settings.smtp_only and settings.enable_submission and "ENABLE_SUBMISSION" in variables:
        what = "SMTP_ONLY runs no Dovecot, so nobody could log in; port 587 stays closed"
        yield variables.warning("ENABLE_SUBMISSION", what)
