"""Which certificate is ours: SSL_TYPE's lookup rules, and why a candidate was not taken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.formats import certificates
from mailwright.formats.acme_json import AcmeCertificate, acme_certificates
from mailwright.formats.certificates import Certificate
from mailwright.model.inputs import Inputs
from mailwright.model.sources import Content, Unreadable
from mailwright.settings import Settings

ACME = f"{paths.LETSENCRYPT}/acme.json"


@dataclass(frozen=True, slots=True)
class Files:
    """Where one certificate may lie: the chain (and what follows it), and the first key that is there."""

    chain: str
    keys: tuple[str, ...]
    more: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Every path of this candidate."""
        return (self.chain, *self.keys, *self.more)


OWN = Files(f"{paths.SELF_SIGNED}/cert.pem", (f"{paths.SELF_SIGNED}/key.pem",))


def letsencrypt_names(settings: Settings, hostname: str, domain: str) -> tuple[str, ...]:
    """The names whose certificate is looked for, in this order."""
    return tuple(dict.fromkeys(name for name in (settings.ssl_domain, hostname, domain) if name))


def candidates(settings: Settings, hostname: str, domain: str, config: str = paths.CONFIG) -> tuple[Files, ...]:
    """The files that SSL_TYPE asks for. ``manual``: the pair and its alternative; ``letsencrypt``: first hit wins."""
    match settings.ssl_type:
        case "manual":
            pairs = (
                (settings.ssl_cert_path, settings.ssl_key_path),
                (settings.ssl_alt_cert_path, settings.ssl_alt_key_path),
            )
            return tuple(Files(chain, (key,)) for chain, key in pairs if chain and key)
        case "letsencrypt":
            folders = [f"{paths.LETSENCRYPT}/live/{name}" for name in letsencrypt_names(settings, hostname, domain)]
            return tuple(Files(f"{it}/fullchain.pem", (f"{it}/privkey.pem", f"{it}/key.pem")) for it in folders)
        case "custom":
            full = f"{config}/ssl/{hostname}-full.pem"
            return (Files(full, (full,)),)
        case "self-signed":
            stem = f"{config}/ssl/{hostname}"
            return (Files(f"{stem}-cert.pem", (f"{stem}-key.pem",), (f"{config}/ssl/demoCA/cacert.pem",)),)
        case _:
            return (OWN,)


def wanted_paths(settings: Settings, hostname: str, domain: str, config: str = paths.CONFIG) -> Iterator[str]:
    """Every path whose content decides which certificate is ours."""
    if settings.ssl_type == "letsencrypt":
        yield ACME
    for files in candidates(settings, hostname, domain, config):
        yield from files.all()


def own_certificates(inputs: Inputs) -> tuple[tuple[Certificate, ...], list[Problem]]:
    """Our certificates, and every Problem with them."""
    reading, sources = inputs.reading, inputs.sources
    origin = inputs.variables.origin("SSL_TYPE")
    lookup = Lookup(reading.settings, reading.hostname, reading.domain, sources.files, origin, sources.config_path)
    return lookup.certificates(sources.now)


@dataclass(frozen=True, slots=True)
class Lookup:
    """One search for our certificates: what was asked, and what was read."""

    settings: Settings
    hostname: str
    domain: str
    files: Mapping[str, Content]
    origin: str  # where SSL_TYPE was said
    config: str = paths.CONFIG

    def certificates(self, now: datetime) -> tuple[tuple[Certificate, ...], list[Problem]]:
        """Our certificates (one, or two with SSL_ALT_*), and every Problem with them."""
        found = list(self._found())
        good = tuple(item for item in found if isinstance(item, Certificate))
        problems = [item for item in found if isinstance(item, Problem)]
        for certificate in good:
            problems += certificates.doubts(certificate, self.hostname, now)
        return good, problems

    def _found(self) -> Iterator[Certificate | Problem]:
        if self.settings.ssl_type == "letsencrypt":
            yield from self._letsencrypt()
            return
        if self.settings.ssl_type == "manual":
            yield from self._missing_paths()
        for files in candidates(self.settings, self.hostname, self.domain, self.config):
            yield self._load(files)

    def _missing_paths(self) -> Iterator[Problem]:
        s = self.settings
        if not (s.ssl_cert_path and s.ssl_key_path):
            yield Problem(self.origin, "SSL_TYPE: manual needs SSL_CERT_PATH and SSL_KEY_PATH")
        if bool(s.ssl_alt_cert_path) != bool(s.ssl_alt_key_path):
            yield Problem(self.origin, "SSL_ALT_CERT_PATH and SSL_ALT_KEY_PATH go together")

    def _letsencrypt(self) -> Iterator[Certificate | Problem]:
        names = letsencrypt_names(self.settings, self.hostname, self.domain)
        store = self.files.get(ACME)
        if isinstance(store, bytes):
            held, problems = acme_certificates(store.decode("utf-8", "replace"), ACME)
            yield from problems
            chosen = next((entry for name in names for entry in held if self._is_for(entry, name)), None)
            if chosen:
                yield certificates.certificate(chosen.chain, chosen.key, ACME, ACME)
                return
        options = candidates(self.settings, self.hostname, self.domain, self.config)
        there = next((files for files in options if isinstance(self.files.get(files.chain), bytes)), None)
        if there:
            yield self._load(there)
            return
        tried = ", ".join([f"{paths.LETSENCRYPT}/live/{name}/fullchain.pem" for name in names])
        acme = f" and {ACME} ({', '.join(names)})" if isinstance(store, bytes) else ""
        yield Problem(self.origin, f"SSL_TYPE: letsencrypt found no certificate; looked for {tried}{acme}")

    def _is_for(self, entry: AcmeCertificate, name: str) -> bool:
        asked_as_wildcard = name == self.settings.ssl_domain and f"*.{name}" in entry.names
        return asked_as_wildcard or certificates.covers(entry.names, name)

    def _load(self, files: Files) -> Certificate | Problem:
        key_path = next((key for key in files.keys if isinstance(self.files.get(key), bytes)), files.keys[0])
        texts = []
        for path in (files.chain, key_path):
            content = self.files.get(path, Unreadable("is not there"))
            if isinstance(content, Unreadable):
                return Problem(self.origin, f"SSL_TYPE={self.settings.ssl_type}: {path} {content.reason}")
            texts.append(content.decode("utf-8", "replace"))
        chain, key = texts
        if files.chain == key_path:
            chain, key = certificates.split_pem(chain)
        for path in files.more:
            more = self.files.get(path)
            chain += more.decode("utf-8", "replace") if isinstance(more, bytes) else ""
        return certificates.certificate(chain, key, files.chain, key_path)
