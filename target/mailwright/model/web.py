"""Web: the names that the web server answers for, each with its role.

The mail domains of files, and those that LDAP settings list, are known here. Where only look-ups know the domains, a
name is recognized by its first label.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from mailwright.core.problems import Problem
from mailwright.model import proxies
from mailwright.model.inputs import Inputs
from mailwright.model.metrics import Metrics, metrics
from mailwright.model.provisioners.ldap import LdapProvisioner

PROXY = "WEB_BEHIND_PROXY"


class Role(StrEnum):
    """What a name is for. But for HOST, the value is the first label of the name: ``mta-sts.example.com``."""

    HOST = "host"
    AUTOCONFIG = "autoconfig"
    AUTODISCOVER = "autodiscover"
    MTA_STS = "mta-sts"


OF_DOMAINS = (Role.AUTOCONFIG, Role.AUTODISCOVER, Role.MTA_STS)


@dataclass(frozen=True, slots=True)
class Site:
    """A name that the web server answers for. ``domain`` is its mail domain; empty for the host name."""

    name: str
    role: Role
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Web:
    """The web server: its names, whether it also answers for each domain without a site, who may read its numbers."""

    sites: tuple[Site, ...]
    any_domain: bool = False
    proxies: tuple[str, ...] = ()  # networks of reverse proxies, which say who asks and whether by HTTPS
    metrics: Metrics | None = None

    @property
    def domains(self) -> tuple[str, ...]:
        """The mail domains that are known, sorted."""
        return tuple(sorted({site.domain for site in self.sites if site.domain}))


def web(inputs: Inputs) -> tuple[Web | None, list[Problem]]:
    """The web server; None while it is off."""
    variables, networks = inputs.variables, inputs.settings.web_behind_proxy
    readers, problems = metrics(inputs)
    if not inputs.settings.enable_web:
        unused = [variables.warning(PROXY, "has no effect without ENABLE_WEB=1")] if networks else []
        return None, [*unused, *problems]
    trusted, more = proxies.without_gateways(inputs, PROXY, networks)
    provisioner = inputs.provisioner
    domains = set(provisioner.directory.domains)
    listed = provisioner.can_list
    if isinstance(provisioner, LdapProvisioner) and provisioner.fixed_domains:
        domains, listed = domains | set(provisioner.fixed_domains), True
    sites = {site.name: site for site in _sites(inputs.reading.hostname, domains)}
    if readers and not readers.digest:  # a proxy that names no client would ask for everybody
        readers = replace(readers, strangers=(*readers.strangers, *trusted))
    return Web(tuple(sites.values()), not listed, trusted, readers), [*more, *problems]


def _sites(hostname: str, domains: set[str]) -> Iterator[Site]:
    """The sites, that of the host name last: it wins over another of the same name."""
    for domain in sorted(domains):
        for role in OF_DOMAINS:
            yield Site(f"{role}.{domain}", role, domain)
    yield Site(hostname, Role.HOST)
