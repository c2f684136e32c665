"""Certificates for further names (SSL_SNI_DOMAINS): who asks by such a name gets its certificate (SNI, RFC 6066)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.core.values import DOMAIN
from mailwright.formats import certificates as pem
from mailwright.formats.certificates import Certificate
from mailwright.model import certificates
from mailwright.model.certificates import Files, Lookup
from mailwright.model.inputs import Inputs
from mailwright.model.issued import PENDING
from mailwright.settings import Settings

SETTING = "SSL_SNI_DOMAINS"


@dataclass(frozen=True, slots=True)
class NamedCertificate:
    """The certificate of one name of SSL_SNI_DOMAINS, and all names by which it is asked for."""

    name: str
    certificate: Certificate
    answers: tuple[str, ...]
    for_web: bool = False  # of names that only the web server has


def names(settings: Settings) -> list[str]:
    """The names of SSL_SNI_DOMAINS, each once."""
    return list(dict.fromkeys(filter(None, settings.ssl_sni_domains.split(","))))


def folder(name: str, config: str = paths.CONFIG) -> Files:
    """The operator's own files for ``name``."""
    place = f"{config}/ssl/{name}"
    return Files(f"{place}/fullchain.pem", (f"{place}/privkey.pem", f"{place}/key.pem"))


def wanted_paths(settings: Settings, config: str, live: Iterable[str]) -> Iterator[str]:
    """Every path whose content decides which certificate a name has."""
    for name in names(settings):
        yield from folder(name, config).all()
        if settings.ssl_type == "letsencrypt":
            yield from certificates.live_paths(tried(name), live)


def has_own_files(inputs: Inputs, name: str) -> bool:
    """Whether the operator gave files for ``name``."""
    place = f"ssl/{name}/"
    return any(path.startswith(place) for path in inputs.sources.config) or any(
        isinstance(inputs.sources.files.get(path), bytes) for path in folder(name, inputs.sources.config_path).all()
    )


def names_of_own_files(inputs: Inputs) -> tuple[str, ...]:
    """Every name in the certificates that the operator gave for further names."""
    lookup = certificates.lookup(inputs)
    found = (lookup.load(folder(name, lookup.config), SETTING) for name in names(inputs.settings))
    return tuple(name for one in found if isinstance(one, Certificate) for name in one.names)


def tried(name: str) -> tuple[str, ...]:
    """The names whose certificate is looked for: ``name``, and the one above, which may have a wildcard."""
    above = name.partition(".")[2]
    return (name, above) if "." in above else (name,)


def without(name: str) -> str:
    """The end of a warning: what it means that ``name`` has no certificate that can be used."""
    return f"clients that ask by {name} get the server's own certificate"


def named_certificates(inputs: Inputs) -> tuple[tuple[NamedCertificate, ...], list[Problem]]:
    """The certificate of each name, and what is wrong with them. The others do without one that cannot be used."""
    wanted = names(inputs.settings)
    lookup = certificates.lookup(inputs)
    found, problems = {}, []
    for name in wanted:
        for result in _results(lookup, name):
            if isinstance(result, Problem):
                problems.append(result._replace(warning=True))
            else:
                found[name] = result
                problems += pem.warnings(result, name, lookup.now)
        if name not in found:
            problems.append(inputs.variables.warning(SETTING, without(name), "until its certificate can be used"))
    main, _ = lookup.certificates() if wanted else ((), [])
    asked = served(found, main, lookup.hostname)
    return tuple(
        NamedCertificate(name, each, tuple(one for one, owner in asked.items() if owner == name))
        for name, each in found.items()
    ), problems


def _results(lookup: Lookup, name: str) -> Iterator[Certificate | Problem]:
    """The certificate of ``name``: the operator's own files, else what letsencrypt has for it."""
    own = folder(name, lookup.config)
    if any(isinstance(lookup.files.get(path), bytes) for path in own.all()):
        yield lookup.load(own, SETTING)
    elif lookup.settings.ssl_type == "letsencrypt":
        yield from lookup.best(tried(name), SETTING, name, own)
    elif lookup.settings.has_acme:
        yield lookup.issued(name) or lookup.variables.error(SETTING, f"no certificate for {name} yet", PENDING)
    else:
        what = f"no certificate for {name}: {own.chain} does not exist"
        yield lookup.variables.error(SETTING, what, f"put fullchain.pem and privkey.pem into ssl/{name}/")


def served(found: Mapping[str, Certificate], main: Iterable[Certificate], hostname: str) -> dict[str, str]:
    """Name that clients ask for → the name in SSL_SNI_DOMAINS whose certificate they get.

    A name of SSL_SNI_DOMAINS has its own certificate. Other names of a certificate belong to the first that has them,
    but not those of the server's own certificate, nor a wildcard that covers the host name.
    """
    own = {name for certificate in main for name in certificate.names}
    result = {name: name for name, certificate in found.items() if pem.covers(certificate.names, name)}
    for name, certificate in found.items():
        for other in asked_by(certificate):
            if other not in own and not pem.covers((other,), hostname):
                result.setdefault(other, name)
    return result


def asked_by(certificate: Certificate) -> Iterator[str]:
    """The names of ``certificate`` that a client can ask by; a wildcard as ``*.example.com``."""
    return (name for name in certificate.names if DOMAIN.fullmatch(name.removeprefix("*.")))
