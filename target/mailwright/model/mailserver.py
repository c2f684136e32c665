"""Mailserver: the whole server as typed, checked values; build() makes it of Sources, or tells every Problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mailwright import settings
from mailwright.core import paths
from mailwright.core.problems import ConfigurationError, Findings, Problem, errors
from mailwright.core.sockets import Sockets
from mailwright.core.textfile import TextFile
from mailwright.core.values import Said
from mailwright.formats import env_file, master_cf, resolv_conf
from mailwright.formats.certificates import Certificate
from mailwright.formats.dkim_keys import SigningKey
from mailwright.model import certificates as tls
from mailwright.model import fail2ban, filters, networks, postmaster
from mailwright.model import srs as forwarding
from mailwright.model.config_folder import Folder
from mailwright.model.fail2ban import Bans
from mailwright.model.overrides import Overrides, overrides
from mailwright.model.provisioners import file as directories
from mailwright.model.provisioners.file import Directory
from mailwright.model.relay_hosts import Relaying, relaying, transport
from mailwright.model.rspamd import Rspamd, rspamd
from mailwright.model.sieve import Sieve, sieve
from mailwright.model.sources import Sources
from mailwright.model.srs import Srs
from mailwright.settings import Settings

ENV_FILE = "mailserver.env"
NET_ADMIN = 1 << 12  # capabilities(7)


@dataclass(frozen=True)
class Mailserver:
    """All that a render needs, and nothing that is wrong."""

    settings: Settings
    hostname: str
    domain: str
    postmaster: str
    directory: Directory = field(default_factory=Directory)
    certificates: tuple[Certificate, ...] = ()
    sieve: Sieve = field(default_factory=Sieve)
    overrides: Overrides = field(default_factory=Overrides)
    relaying: Relaying = field(default_factory=Relaying)
    srs: Srs | None = None
    mynetworks: tuple[str, ...] = ()
    gateways: tuple[str, ...] = ()  # addresses that may stand for any client
    nameservers: tuple[str, ...] = ()
    dkim: tuple[SigningKey, ...] = ()
    rspamd: Rspamd = field(default_factory=Rspamd)
    bans: Bans = field(default_factory=Bans)
    sockets: Sockets = field(default_factory=Sockets)
    templates: Mapping[str, TextFile] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def certificate_prefixes(self) -> tuple[str, ...]:
        """Prefix of the file names below /etc/dms/tls, one for each certificate."""
        return ("", "fallback_")[: len(self.certificates)]

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
        return self.directory.domains if self.delivers else frozenset(it.domain for it in self.directory.aliases)

    @property
    def has_quotas(self) -> bool:
        """Whether a mailbox here can be full."""
        chosen = self.settings
        limited = (
            chosen.postfix_mailbox_size_limit
            or any(quota.limit for quota in self.directory.quotas)
            or any("quota" in account.extra for account in self.directory.accounts)
        )
        return chosen.enable_quotas and not chosen.smtp_only and bool(limited)

    @property
    def has_redis(self) -> bool:
        """Whether Redis runs here."""
        return self.settings.enable_rspamd and self.settings.enable_rspamd_redis

    @property
    def smtpd_tls_security_level(self) -> str:
        """STARTTLS on port 25: as said, else offered once the operator gave a certificate."""
        return self.settings.smtpd_tls_security_level or ("none" if self.settings.own_certificate else "may")


def _stated(sources: Sources, folder: Folder) -> dict[str, Said]:
    """Every variable as it was written, environment over ``mailserver.env``."""
    low: dict[str, Said] = {}
    for file in (folder.text(ENV_FILE), sources.env_file):
        if file:
            low |= folder.findings.keep(env_file.env_file_values(file))
    return env_file.merged({} if sources.env_file else sources.environ, low)


def secret_paths(sources: Sources) -> list[str]:
    """The files that ``NAME__FILE`` variables name."""
    return list(env_file.secret_paths(_stated(sources, Folder(sources.config, Findings())), settings.KNOWN).values())


def said(sources: Sources, folder: Folder) -> dict[str, Said]:
    """Every variable with its origin and its secret read, less those that could break out of a file."""
    secrets = {path: it.decode("utf-8", "replace") for path, it in sources.files.items() if isinstance(it, bytes)}
    values = folder.findings.keep(env_file.with_secrets(_stated(sources, folder), secrets, settings.KNOWN))
    for name in sorted(settings.KNOWN & values.keys()):
        bad = env_file.control_characters(name, values[name])
        if bad:
            folder.findings.append(bad)
            del values[name]
    return values


def settings_of(sources: Sources) -> Settings:
    """The Settings alone, before anything is judged; what is refused has its default."""
    return settings.settings(said(sources, Folder(sources.config, Findings())))[0]


def names(chosen: Settings, fqdn: str) -> tuple[str, str]:
    """The host name, and the domain: the host name without its first label when it has more than two."""
    hostname = (chosen.override_hostname or fqdn).lower().rstrip(".")
    return hostname, hostname.partition(".")[2] if hostname.count(".") > 1 else hostname


def build(sources: Sources, config: str = paths.CONFIG) -> Mailserver:
    """The Mailserver that ``sources`` describe; ConfigurationError carries every Problem when one is no warning."""
    findings = Findings()
    folder = Folder(sources.config, findings)
    values = said(sources, folder)
    chosen = findings.keep(settings.settings(values))
    findings += settings.unknown_names(values) + settings.not_supported(values)
    hostname, domain = names(chosen, sources.fqdn)
    findings += _general_problems(chosen, values, hostname, sources)
    found = directories.directory(folder)
    chief = findings.keep(postmaster.postmaster(found, values.get("POSTMASTER_ADDRESS"), domain))
    server = Mailserver(
        settings=chosen,
        hostname=hostname,
        domain=domain,
        postmaster=chief,
        directory=found.implying(postmaster.implied_aliases(found, chief, hostname)),
        certificates=findings.keep(_certificates(chosen, values, sources, config)),
        sieve=sieve(folder, found.written_routes.mailboxes),
        overrides=overrides(folder),
        relaying=findings.keep(relaying(folder, chosen, values, found.domains)),
        srs=findings.keep(forwarding.srs(chosen, values, sources.files, domain)),
        mynetworks=findings.keep(_mynetworks(chosen, values, sources)),
        gateways=networks.gateways(sources),
        nameservers=sources.nameservers,
        dkim=findings.keep(filters.keys(sources, found.domains)),
        rspamd=rspamd(folder),
        bans=fail2ban.bans(folder, allowed=bool(sources.capabilities & NET_ADMIN)),
        templates=sources.templates,
    )
    findings += folder.unknown() + _nobody(server)
    findings += filters.problems(chosen, server.rspamd, server.dkim, values)
    findings += fail2ban.problems(chosen, server.bans, values)
    findings += forwarding.doubts(server.srs, values, server.mail_domains)
    if chosen.enable_dane:
        findings += resolv_conf.unfit_for_dane(server.nameservers, values["ENABLE_DANE"].origin)
    findings += _unknown_services(server)
    if errors(findings):
        raise ConfigurationError(findings)
    return replace(server, warnings=tuple(findings))


def _unknown_services(server: Mailserver) -> list[Problem]:
    """A Problem for each override of a service that master.cf does not have."""
    if "postfix/master.cf.j2" not in server.templates:
        return []
    template = server.templates["postfix/master.cf.j2"].text
    relays = "".join(f"{transport(hop)} unix -\n" for hop in server.relaying.special)
    return master_cf.unknown_services(server.overrides.master, f"{template}\n{relays}")


def _nobody(server: Mailserver) -> list[Problem]:
    if server.directory.accounts or server.directory.aliases or server.settings.smtp_only:
        return []
    return [Problem(directories.ACCOUNTS, "no accounts yet: no mail is received and nobody can log in", "", True)]


def _origin(values: Mapping[str, Said], name: str) -> str:
    return values[name].origin if name in values else "environment"


def _general_problems(chosen: Settings, values: Mapping[str, Said], hostname: str, sources: Sources) -> list[Problem]:
    problems = []
    if "." not in hostname:
        what = f"the host name {hostname!r} is not fully qualified"
        hint = "set hostname: mail.example.com in compose.yaml, or OVERRIDE_HOSTNAME"
        problems.append(Problem("environment", what, hint))
    if chosen.tz and chosen.tz not in sources.timezones:
        problems.append(
            Problem(_origin(values, "TZ"), f"TZ: {chosen.tz!r} is not a time zone", "such as Europe/Berlin")
        )
    for name in ("SSL_CERT_PATH", "SSL_KEY_PATH", "SSL_ALT_CERT_PATH", "SSL_ALT_KEY_PATH"):
        if name in values and chosen.ssl_type != "manual":
            problems.append(Problem(values[name].origin, f"{name}: has no effect without SSL_TYPE=manual", "", True))
    if chosen.smtp_only and chosen.enable_submission and "ENABLE_SUBMISSION" in values:
        what = "ENABLE_SUBMISSION: SMTP_ONLY runs no Dovecot, so nobody could log in; port 587 stays closed"
        problems.append(Problem(_origin(values, "ENABLE_SUBMISSION"), what, "", True))
    return problems


def _certificates(
    chosen: Settings, values: Mapping[str, Said], sources: Sources, config: str
) -> tuple[tuple[Certificate, ...], list[Problem]]:
    hostname, domain = names(chosen, sources.fqdn)
    lookup = tls.Lookup(chosen, hostname, domain, sources.files, _origin(values, "SSL_TYPE"), config)
    return lookup.certificates(sources.now)


def _mynetworks(
    chosen: Settings, values: Mapping[str, Said], sources: Sources
) -> tuple[tuple[str, ...], list[Problem]]:
    where = _origin(values, "PERMIT_DOCKER")
    return networks.mynetworks(chosen.permit_docker, chosen.network_interface, sources, where)
