"""build(): Reading → Mailserver, or every Problem that keeps it from being one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mailwright.core.problems import ConfigurationError, Findings, Problem, errors, shown
from mailwright.formats import resolv_conf
from mailwright.model import (
    acme,
    app_passwords,
    certificates,
    cluster,
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
from mailwright.model.cluster import ROLES, Cluster
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners import chosen, file
from mailwright.model.reading import Reading
from mailwright.model.relay_hosts import transport

# What only a node that takes mail from others, or one with mailboxes, has.
OF_THE_MTA = frozenset(
    (
        *("certificates", "sni", "acme", "web"),
        *("app_passwords", "rimap", "oauth2", "fail2ban", "proxies"),
        *("relay_hosts", "srs", "fetchmail", "getmail", "reports"),
    )
)
OF_MAILBOXES = frozenset(("sieve", "mail_crypt", "encryption"))
# Each part of the Mailserver by its field, in the order of their Problems.
PARTS: Mapping[str, Callable[[Inputs], tuple[object, Iterable[Problem]]]] = {
    "cluster": cluster.cluster,
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
    role = ROLES[reading.settings.role]
    left_out = (frozenset() if role.mta else OF_THE_MTA) | (frozenset() if role.mailboxes else OF_MAILBOXES)
    parts = {name: problems.keep(part(inputs)) for name, part in PARTS.items() if name not in left_out}
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
    node: Cluster | None = parts["cluster"]
    if node and not ROLES[reading.settings.role].mta:
        parts = {**parts, "certificates": (node.certificate,)}
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
    yield from cluster.unfit(mailserver.cluster, settings, mailserver.overrides)
    yield from srs.unreachable(mailserver.srs, variables, mailserver.mail_domains)
    if settings.enable_dane:
        yield from resolv_conf.unfit_for_dane(mailserver.nameservers, variables.origin("ENABLE_DANE"))
    if template := mailserver.templates.get("postfix/master.cf.j2"):
        services = template.text + "".join(f"\n{transport(hop)} unix -" for hop in mailserver.relay_hosts.special)
        yield from operator_services.problems(mailserver.overrides.master, f"{services}\n", settings)


def _nobody(mailserver: Mailserver) -> list[Problem]:
    if mailserver.has_recipients or not mailserver.knows_accounts:
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
