"""ACME (RFC 8555): which certificates the server gets from a CA, for which names, and how."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from mailwright.core.problems import Problem
from mailwright.formats.certificates import Certificate, covers, public_digest
from mailwright.model import certificates, issued, named_files, sni, web
from mailwright.model.inputs import Inputs
from mailwright.model.sni import NamedCertificate
from mailwright.settings import Settings
from mailwright.settings.types import DIRECTORIES

HOOK = "acme-dns-hook"  # the operator's script in the config folder
VARIABLES = ("email", "directory", "key_type", "domains", "challenge", "eab_kid", "eab_hmac_key", "ca_file")


@dataclass(frozen=True, slots=True)
class Order:
    """One certificate: its names, the first of which names its file.

    ``optional``: names that need not point to this host, such as the web server's. Each is left out until it does.
    """

    names: tuple[str, ...]
    optional: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.names[0]


@dataclass(frozen=True, slots=True)
class Acme:
    """How certificates are ordered, and which."""

    directory: str  # its URL
    email: str
    key_type: str
    challenge: str
    orders: tuple[Order, ...]
    hook: str = ""  # a digest of the operator's script
    authorities: str = ""  # PEM
    eab_kid: str = ""
    eab_hmac_key: str = field(default="", repr=False)
    next_keys: tuple[tuple[str, str], ...] = ()  # host name, and SHA-256 of the public key that its certificate gets


def acme(inputs: Inputs) -> tuple[Acme | None, list[Problem]]:
    """How certificates are ordered; None if they come from elsewhere."""
    settings = inputs.settings
    hook = inputs.folder.text(HOOK)
    if not settings.has_acme:
        return None, list(_without(inputs))
    authorities, problems = named_files.authorities(inputs, "ACME_CA_FILE")
    problems += _problems(inputs)
    return Acme(
        directory=DIRECTORIES.get(settings.acme_directory, settings.acme_directory),
        email=settings.acme_email,
        key_type=settings.acme_key_type,
        challenge=settings.acme_challenge,
        orders=tuple(orders(inputs)),
        hook=hashlib.sha256(hook.text.encode()).hexdigest() if hook else "",
        authorities=authorities,
        eab_kid=settings.acme_eab_kid,
        eab_hmac_key=settings.acme_eab_hmac_key,
        next_keys=tuple(_next_keys(inputs)),
    ), problems


def wanted_paths(settings: Settings) -> tuple[str, ...]:
    """The file of a private CA."""
    return (settings.acme_ca_file,) if settings.acme_ca_file else ()


def orders(inputs: Inputs) -> Iterator[Order]:
    """The certificates to order: the server's own, and one for each further name (SSL_SNI_DOMAINS) without files."""
    settings, hostname = inputs.settings, inputs.reading.hostname
    further = _words(settings.acme_domains)
    own = tuple(dict.fromkeys((hostname, *further)))
    yield Order(own)
    further = [name for name in sni.names(settings) if name not in own and not sni.has_own_files(inputs, name)]
    for name in further:
        yield Order((name,))
    yield from web_orders(inputs, (*own, *further))


def web_orders(inputs: Inputs, others: tuple[str, ...]) -> Iterator[Order]:
    """A certificate for the web names of each mail domain, but for those that ``others`` or files cover."""
    found, _ = web.web(inputs)
    covering = (*others, *sni.names_of_own_files(inputs))
    if not found:
        return
    for domain in found.domains:
        names = tuple(site.name for site in found.sites if site.domain == domain and not covers(covering, site.name))
        if names:
            yield Order(names, frozenset(names))


def named_certificates(inputs: Inputs) -> tuple[tuple[NamedCertificate, ...], list[Problem]]:
    """The certificates of further names: those of SSL_SNI_DOMAINS, and those that were issued for web names."""
    named, problems = sni.named_certificates(inputs)
    if not inputs.settings.has_acme:
        return named, problems
    lookup = certificates.lookup(inputs)
    more = []
    for order in orders(inputs):
        found = lookup.issued(order.name) if order.optional else None
        if isinstance(found, Certificate):
            answers = tuple(name for name in order.names if name in found.names)
            more += [NamedCertificate(answers[0], found, answers, for_web=True)] if answers else []
        elif found:
            problems.append(found._replace(warning=True))
    return (*named, *more), problems


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _next_keys(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """The keys that wait to be used, as the state has them."""
    for order in orders(inputs):
        content = inputs.sources.files.get(issued.next_public(order.name))
        if isinstance(content, bytes) and (digest := public_digest(content)):
            yield order.name, digest


def _without(inputs: Inputs) -> Iterator[Problem]:
    for name in (f"ACME_{variable.upper()}" for variable in VARIABLES):
        if inputs.variables.is_chosen(name):
            yield inputs.variables.warning(name, "has no effect without SSL_TYPE=acme")


def _problems(inputs: Inputs) -> Iterator[Problem]:
    settings, variables = inputs.settings, inputs.variables
    if settings.acme_challenge == "dns-01":
        if HOOK not in inputs.sources.config:
            hint = "see the page on certificates; `chmod +x` is not needed"
            yield variables.error("ACME_CHALLENGE", f"dns-01 needs {HOOK} in the config folder", hint)
    else:
        if not settings.enable_web:
            what = "acme with ACME_CHALLENGE=http-01 needs ENABLE_WEB=1: the CA fetches from port 80"
            yield variables.error("SSL_TYPE", what, "ENABLE_WEB=1, or ACME_CHALLENGE=dns-01")
        wild = [name for name in _words(settings.acme_domains) if name.startswith("*.")]
        if wild:
            what = f"{wild[0]}: a CA gives wildcards only for DNS-01"
            yield variables.error("ACME_DOMAINS", what, "ACME_CHALLENGE=dns-01, or the names one by one")
    if bool(settings.acme_eab_kid) != bool(settings.acme_eab_hmac_key):
        name, other = ("ACME_EAB_KID", "ACME_EAB_HMAC_KEY")[:: 1 if settings.acme_eab_kid else -1]
        yield variables.error(name, f"needs {other} too")
    if "." not in inputs.reading.hostname:
        yield variables.error("SSL_TYPE", f"acme needs a full host name, not {inputs.reading.hostname}", "hostname:")
