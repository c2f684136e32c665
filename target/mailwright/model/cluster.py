"""Cluster: this node of a deployment on many machines, and why it could not be one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.problems import Findings, Problem
from mailwright.core.textfile import TextFile
from mailwright.formats import certificates
from mailwright.formats.certificates import Certificate
from mailwright.model import named_files, proxies
from mailwright.model.inputs import Inputs
from mailwright.model.overrides import Overrides
from mailwright.model.sources import Unreadable
from mailwright.settings import Settings

NETWORKS = "CLUSTER_FRONT_NETWORKS"
FILES = ("CLUSTER_CA_FILE", "CLUSTER_CERT_FILE", "CLUSTER_KEY_FILE")
# All of them; on a single host none has an effect.
NAMES = ("CLUSTER_NODE", *FILES, "CLUSTER_FILTER", "CLUSTER_FRONT", NETWORKS)
# How a backend knows that a front logs in. There is no password.
OF_FRONTS = {
    "auth_ssl_require_client_cert": "yes",
    "auth_ssl_username_from_cert": "yes",
    "ssl_server_cert_username_field": "organizationalUnitName",
    "ssl_server_request_client_cert": "yes",
}
# In the words of doveconf(1), settings of ssl_server stand in a block of that name.
SETTING = re.compile(
    rf"({'|'.join(OF_FRONTS)}|ssl_server_ca_file|cert_username_field|request_client_cert|ca_file)\s*=\s*(.*)"
)
TRANSPORTS = "$mailwright_transport_maps"
OURS = "/tunnel/ca.pem"  # the end of the path of our copy of CLUSTER_CA_FILE


@dataclass(frozen=True, slots=True)
class Role:
    """What a node does."""

    mta: bool = False  # other servers, users and mail programs come to it
    mailboxes: bool = False
    filters: bool = False


ROLES = {
    "all": Role(mta=True, mailboxes=True, filters=True),
    "front": Role(mta=True),
    "backend": Role(mailboxes=True),
    "filter": Role(filters=True),
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """What this node knows of the others. Whoever has a certificate of ``authorities`` is a node."""

    node: str  # the name that its own certificate has
    authorities: str  # PEM
    certificate: Certificate
    filter: str = ""  # host names, empty if there are none
    front: str = ""
    front_networks: tuple[str, ...] = ()


def wanted_paths(settings: Settings) -> tuple[str, ...]:
    """The certificates and the key of the node."""
    named = (settings.cluster_ca_file, settings.cluster_cert_file, settings.cluster_key_file)
    return () if settings.role == "all" else named


def cluster(inputs: Inputs) -> tuple[Cluster | None, list[Problem]]:
    """The node; None on a single host."""
    settings, problems = inputs.settings, Findings(_without_effect(inputs))
    if settings.role == "all":
        return None, problems
    problems.extend(_missing(inputs))
    problems.extend(_of_many_fronts(inputs))
    authorities = problems.keep(named_files.authorities(inputs, "CLUSTER_CA_FILE"))
    certificate = problems.keep(_certificate(inputs))
    # A network of nodes has a gateway, which is nobody's front.
    networks, _ = proxies.without_gateways(inputs, NETWORKS, settings.cluster_front_networks)
    if not certificate:
        return None, problems
    node = settings.cluster_node or inputs.reading.hostname
    problems.extend(_fits(inputs, certificate, authorities, node))
    value = Cluster(node, authorities, certificate, settings.cluster_filter, settings.cluster_front, networks)
    return value, problems


def _without_effect(inputs: Inputs) -> Iterator[Problem]:
    """All nodes may have the same variables; on a single host they are a mistake."""
    for name in NAMES if inputs.settings.role == "all" else ():
        if name in inputs.variables:
            yield inputs.variables.warning(name, "has no effect with ROLE=all")


def _missing(inputs: Inputs) -> Iterator[Problem]:
    """What the role cannot be without."""
    settings, error = inputs.settings, inputs.variables.error
    if settings.smtp_only:
        yield error("ROLE", f"{settings.role} and SMTP_ONLY exclude each other", "SMTP_ONLY=0")
    if settings.role != "filter" and inputs.provisioner.can_list:
        what = f"{settings.role} needs accounts that all nodes share, not those of {inputs.provisioner.place}"
        yield error("ROLE", what, "ACCOUNT_PROVISIONER=SQL or LDAP")
    if settings.role != "filter" and any(name.startswith("encryption/") for name in inputs.sources.config):
        hint = "remove the keys, or ROLE=all"
        yield Problem("encryption", f"mail is not encrypted for single users with ROLE={settings.role}", hint)
    if settings.role == "backend" and settings.mail_crypt == "user":
        what = "user needs the password of each login, which a front does not pass on"
        yield error("MAIL_CRYPT", what, "MAIL_CRYPT=global, or ROLE=all")
    if settings.role == "backend":
        if not settings.cluster_front_networks:
            yield error("ROLE", f"backend needs {NETWORKS}, the networks of its fronts", f"{NETWORKS}=10.0.9.0/24")
        if not settings.cluster_front:
            what = "backend needs CLUSTER_FRONT, which sends what users' Sieve scripts send"
            yield error("ROLE", what, "CLUSTER_FRONT=front.example.com")
    if settings.role != "filter" and settings.enable_rspamd and not settings.cluster_filter:
        what = f"{settings.role} needs CLUSTER_FILTER, the host name of the filters"
        yield error("ROLE", what, "CLUSTER_FILTER=filter.example.com, or ENABLE_RSPAMD=0")


def _of_many_fronts(inputs: Inputs) -> Iterator[Problem]:
    """What one host may have for itself, and fronts must share, or only one of them may do."""
    settings, variables = inputs.settings, inputs.variables
    if settings.role != "front":
        return
    if settings.own_srs_secret:
        what = "a bounce may come back to another front, which must know SRS_SECRET"
        yield variables.error("ENABLE_SRS", what, "SRS_SECRET with the same value on all fronts (openssl rand -hex 16)")
    for name in ("ENABLE_FETCHMAIL", "ENABLE_GETMAIL"):
        if getattr(settings, name.lower()):
            what = "each front with it fetches the same mail"
            yield variables.warning(name, what, f"{name}=1 on one front only")
    if settings.ssl_type == "acme" and settings.acme_challenge == "http-01":
        what = "the CA may ask another front than the one that wants the certificate"
        yield variables.warning("ACME_CHALLENGE", what, "ACME_CHALLENGE=dns-01, or certificates from elsewhere")


def opens(file: TextFile) -> Iterator[Problem]:
    """A Problem for each line of Dovecot's configuration that lets somebody log in at a backend who is no front."""
    for number, row in file.rows():
        match = SETTING.match(row)
        name = f"ssl_server_{match[1].removeprefix('ssl_server_')}" if match else ""
        name = match[1] if match and match[1] in OF_FRONTS else name
        value = match[2].strip() if match else ""
        if name == "ssl_server_ca_file" and value.endswith(OURS):
            continue
        if match and value != OF_FRONTS.get(name):
            what = f"{name}: whoever reaches this backend could open every mailbox"
            yield Problem(file.at(number), what, "delete the line: a front must prove what it is")


def unfit(cluster: Cluster | None, settings: Settings, overrides: Overrides) -> Iterator[Problem]:
    """What an override makes of a front or a backend."""
    if cluster and settings.role == "front":
        yield from _of_front(overrides)
    if cluster and settings.role == "backend" and overrides.dovecot:
        included = [file for each in overrides.dovecot_included for file in each.files]
        yield from (problem for file in (overrides.dovecot, *included) for problem in opens(file))


def _of_front(overrides: Overrides) -> Iterator[Problem]:
    """Parameters that lead mail elsewhere than to its backend, or to a server that is no backend."""
    for each in overrides.stated:
        if each.name == "transport_maps" and TRANSPORTS not in each.value:
            what = "transport_maps: mail would not find its backend any more"
            yield Problem(each.where, what, f"transport_maps = {TRANSPORTS}, and your own")
        if each.name.startswith("lmtp_tls_"):
            what = f"{each.name}: a server that is no backend could take mail"
            yield Problem(each.where, what, "delete the line: a backend must prove what it is")


def _certificate(inputs: Inputs) -> tuple[Certificate | None, list[Problem]]:
    """The node's own certificate with its key."""
    texts = []
    for name in FILES[1:]:
        path = getattr(inputs.settings, name.lower())
        found = inputs.sources.files.get(path, Unreadable("does not exist"))
        if isinstance(found, Unreadable):
            hint = _cure(inputs)
            return None, [inputs.variables.error(name, f"{path} {found.reason}", hint)]
        texts.append(found.decode("utf-8", "replace"))
    paths = (inputs.settings.cluster_cert_file, inputs.settings.cluster_key_file)
    loaded = certificates.certificate(texts[0], texts[1], *paths)
    return (None, [loaded]) if isinstance(loaded, Problem) else (loaded, [])


def _fits(inputs: Inputs, certificate: Certificate, authorities: str, node: str) -> Iterator[Problem]:
    """Why other nodes would refuse this one. A front has any name: nobody connects to it as a node of that name."""
    role, where, hint = inputs.settings.role, certificate.where, _cure(inputs)
    if (unit := certificates.unit(certificate.chain)) != role:
        yield Problem(where, f"is the certificate of a {unit or 'node without a role (OU)'}, not of a {role}", hint)
    if authorities and not certificates.is_issued_by(certificate.chain, authorities):
        yield Problem(where, f"was not issued by the CA of {inputs.settings.cluster_ca_file}", hint)
    name = certificate.names[0] if role == "front" and certificate.names else node
    for problem in certificates.warnings(certificate, name, inputs.sources.now):
        yield problem._replace(warning=problem.what.startswith("expires"), hint=hint)


def _cure(inputs: Inputs) -> str:
    """The command that makes the certificate."""
    settings = inputs.settings
    return f"setup cluster node {settings.role} {settings.cluster_node or inputs.reading.hostname}"
