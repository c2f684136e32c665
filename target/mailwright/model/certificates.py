"""Our certificates: where SSL_TYPE looks for them, and why a candidate is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailwright.core import paths
from mailwright.core.problems import Problem
from mailwright.formats import certificates
from mailwright.formats.acme_json import AcmeCertificate, acme_certificates
from mailwright.formats.certificates import Certificate
from mailwright.model.inputs import Inputs
from mailwright.model.issued import place
from mailwright.model.missing_files import NO_LETSENCRYPT, cure
from mailwright.model.sources import Content, Unreadable
from mailwright.model.variables import Variables
from mailwright.settings import Settings

ACME = f"{paths.LETSENCRYPT}/acme.json"
LIVE = f"{paths.LETSENCRYPT}/live"
AGAIN = re.compile(r"-\d{4}$")  # certbot's second folder for a name is NAME-0001


@dataclass(frozen=True, slots=True)
class Files:
    """Where one certificate may lie: the chain (and what follows it), and its key, the first that exists.

    ``variables`` are the two that name the chain and the key; empty where SSL_TYPE alone names them.
    """

    chain: str
    keys: tuple[str, ...]
    more: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()

    def all(self) -> tuple[str, ...]:
        """Every path of this candidate."""
        return (self.chain, *self.keys, *self.more)


MANUAL = ("SSL_CERT_PATH", "SSL_KEY_PATH", "SSL_ALT_CERT_PATH", "SSL_ALT_KEY_PATH")
OWN = Files(f"{paths.SELF_SIGNED}/cert.pem", (f"{paths.SELF_SIGNED}/key.pem",))


def letsencrypt_names(settings: Settings, hostname: str, domain: str) -> tuple[str, ...]:
    """The names whose certificate is looked for, in this order."""
    return tuple(dict.fromkeys(name for name in (settings.ssl_domain, hostname, domain) if name))


def candidates(settings: Settings, hostname: str, domain: str, config: str = paths.CONFIG) -> tuple[Files, ...]:
    """The files that SSL_TYPE asks for. ``manual``: the pair and its alternative; ``letsencrypt``: one of them."""
    match settings.ssl_type:
        case "manual":
            pairs = (
                Files(settings.ssl_cert_path, (settings.ssl_key_path,), variables=MANUAL[:2]),
                Files(settings.ssl_alt_cert_path, (settings.ssl_alt_key_path,), variables=MANUAL[2:]),
            )
            return tuple(files for files in pairs if files.chain and files.keys[0])
        case "letsencrypt":
            return tuple(_live(name) for name in letsencrypt_names(settings, hostname, domain))
        case "custom":
            full = f"{config}/ssl/{hostname}-full.pem"
            return (Files(full, (full,)),)
        case "acme":
            return Files(place(hostname), (place(hostname),)), OWN
        case "self-signed":
            stem = f"{config}/ssl/{hostname}"
            return (Files(f"{stem}-cert.pem", (f"{stem}-key.pem",), (f"{config}/ssl/demoCA/cacert.pem",)),)
        case _:
            return (OWN,)


def _live(name: str) -> Files:
    """The files of certbot's folder ``name``."""
    folder = f"{LIVE}/{name}"
    return Files(f"{folder}/fullchain.pem", (f"{folder}/privkey.pem", f"{folder}/key.pem"))


def wanted_paths(
    settings: Settings, hostname: str, domain: str, config: str = paths.CONFIG, live: Iterable[str] = ()
) -> Iterator[str]:
    """Every path whose content decides which certificate is ours; ``live`` are the names of certbot's folders.

    Of a folder for another name only the chain is read, since a message names the folder.
    """
    for files in candidates(settings, hostname, domain, config):
        yield from files.all()
    if settings.has_acme:
        yield paths.ACME_LIVE
        yield from (f"{paths.ACME_LIVE}/{name}" for name in live if name.endswith((".pem", ".next.pub")))
    if settings.ssl_type == "letsencrypt":
        yield from (ACME, LIVE, *live_paths(letsencrypt_names(settings, hostname, domain), live))


def live_paths(names: Sequence[str], live: Iterable[str]) -> Iterator[str]:
    """Every path of the folders ``live`` of certbot that matters if a certificate for one of ``names`` is wanted."""
    for folder in live:
        files = _live(folder)
        yield from files.all() if AGAIN.sub("", folder) in names else (files.chain,)


def own_certificates(inputs: Inputs) -> tuple[tuple[Certificate, ...], list[Problem]]:
    """Our certificates, and every Problem with them."""
    return lookup(inputs).certificates()


def without_effect(variables: Variables) -> Iterator[Problem]:
    """A warning for each path that only SSL_TYPE=manual reads."""
    for name in MANUAL if variables.settings.ssl_type != "manual" else ():
        if name in variables:
            yield variables.warning(name, "has no effect without SSL_TYPE=manual")


def lookup(inputs: Inputs) -> Lookup:
    """The search for certificates in what was read."""
    reading, sources = inputs.reading, inputs.sources
    return Lookup(
        reading.settings,
        reading.hostname,
        reading.domain,
        sources.files,
        inputs.variables,
        sources.now,
        sources.config_path,
    )


@dataclass(frozen=True, slots=True)
class Lookup:
    """One search for our certificates: the settings, and the files that were read."""

    settings: Settings
    hostname: str
    domain: str
    files: Mapping[str, Content]
    variables: Variables
    now: datetime
    config: str = paths.CONFIG

    def certificates(self) -> tuple[tuple[Certificate, ...], list[Problem]]:
        """Our certificates (one, or two with SSL_ALT_*), and every Problem with them."""
        results = list(self._results())
        good = tuple(result for result in results if isinstance(result, Certificate))
        problems = [result for result in results if isinstance(result, Problem)]
        for certificate in good:
            problems += certificates.warnings(certificate, self.hostname, self.now)
        return good, problems

    def _results(self) -> Iterator[Certificate | Problem]:
        if self.settings.ssl_type == "letsencrypt":
            yield from self._letsencrypt()
            return
        if self.settings.has_acme:
            yield from self._issued()
            return
        if self.settings.ssl_type == "manual":
            yield from self._missing_paths()
        for files in candidates(self.settings, self.hostname, self.domain, self.config):
            yield self.load(files)

    def _issued(self) -> Iterator[Certificate | Problem]:
        """What the CA issued; until it has, or if the state is broken, the self-signed certificate serves."""
        found = self.issued(self.hostname)
        if isinstance(found, Problem):
            yield found._replace(
                hint="the server orders a new one; until then the self-signed one serves", warning=True
            )
        yield found if isinstance(found, Certificate) else self.load(OWN)

    def issued(self, name: str) -> Certificate | Problem | None:
        """The certificate that the CA issued for ``name``; None if there is none yet."""
        path = place(name)
        return self.load(Files(path, (path,))) if isinstance(self.files.get(path), bytes) else None

    def _missing_paths(self) -> Iterator[Problem]:
        settings = self.settings
        if not (settings.ssl_cert_path and settings.ssl_key_path):
            yield self.variables.error("SSL_TYPE", "manual needs SSL_CERT_PATH and SSL_KEY_PATH")
        if bool(settings.ssl_alt_cert_path) != bool(settings.ssl_alt_key_path):
            name, other = MANUAL[2:] if settings.ssl_alt_cert_path else MANUAL[:1:-1]
            yield self.variables.error(name, f"needs {other} as well")

    def _letsencrypt(self) -> Iterator[Certificate | Problem]:
        """The best of acme.json and live/ for this server, whichever holds it."""
        names = letsencrypt_names(self.settings, self.hostname, self.domain)
        loaded, problems = self._loaded(names)
        yield from problems
        yield from self._best(loaded, names, self._nothing(names))

    def best(self, names: Sequence[str], setting: str, name: str, own: Files) -> Iterator[Certificate | Problem]:
        """The best of acme.json and live/ for ``name`` of ``setting``: that of ``names[0]``, or one that covers it.

        Nor were there the files ``own``.
        """
        loaded, _ = self._loaded(names)
        fitting = [
            (rank, found)
            for rank, found in loaded
            if not rank or (isinstance(found, Certificate) and certificates.covers(found.names, name))
        ]
        places = ", ".join([own.chain, *(_live(each).chain for each in names), *([ACME] if self._store() else [])])
        missing = self.variables.error(setting, f"no certificate for {name}; looked for {places}")
        yield from self._best(fitting, names, missing)

    def _store(self) -> bytes:
        store = self.files.get(ACME)
        return store if isinstance(store, bytes) else b""

    def _loaded(self, names: Sequence[str]) -> tuple[list[tuple[int, Certificate | Problem]], list[Problem]]:
        """What acme.json and live/ hold for ``names``, each with the place of its name; Problems with the store."""
        entries: list[AcmeCertificate] = []
        problems: list[Problem] = []
        if isinstance(self.files.get(ACME), bytes):
            entries, problems = acme_certificates(self._store().decode("utf-8", "replace"), ACME)
        return [*self._of_store(entries, names), *self._of_live(names)], problems

    def _best(
        self, loaded: Sequence[tuple[int, Certificate | Problem]], names: Sequence[str], missing: Problem
    ) -> Iterator[Certificate | Problem]:
        """The best of ``loaded``, with warnings about broken ones; ``missing`` if there is none."""
        ranked = [(rank, found) for rank, found in loaded if isinstance(found, Certificate)]
        broken = [found for _, found in loaded if isinstance(found, Problem)]
        if ranked:
            yield max(ranked, key=lambda each: self._goodness(each[1], names[each[0]], -each[0]))[1]
            yield from (problem._replace(warning=True) for problem in broken)
        elif broken:
            yield broken[0]
        else:
            yield missing

    def _of_store(
        self, entries: Iterable[AcmeCertificate], names: Sequence[str]
    ) -> Iterator[tuple[int, Certificate | Problem]]:
        """The entries for one of ``names``, each with the place of its name."""
        for entry in entries:
            place = next((index for index, name in enumerate(names) if self._is_for(entry, name)), None)
            if place is not None:
                yield place, certificates.certificate(entry.chain, entry.key, ACME, ACME)

    def _of_live(self, names: Sequence[str]) -> Iterator[tuple[int, Certificate | Problem]]:
        """The folders of certbot for one of ``names``, NAME before NAME-0001, each with the place of its name."""
        for folder in self._folders():
            name = folder if folder in names else AGAIN.sub("", folder)
            if name in names:
                yield names.index(name), self.load(_live(folder))

    def _folders(self) -> list[str]:
        """The folders in live/ that hold a certificate."""
        start, end = f"{LIVE}/", "/fullchain.pem"
        return sorted(
            path.removeprefix(start).removesuffix(end)
            for path, content in self.files.items()
            if path.startswith(start) and path.endswith(end) and isinstance(content, bytes)
        )

    def _goodness(self, certificate: Certificate, name: str, rank: int) -> tuple[bool, int, int, datetime]:
        """What is better: valid now, for the first name, exact before wildcard before another's, latest end."""
        is_valid = certificate.not_before <= self.now < certificate.not_after
        fit = 2 if name in certificate.names else int(self._is_for(certificate, name))
        return is_valid, rank, fit, certificate.not_after

    def _nothing(self, names: Sequence[str]) -> Problem:
        tried = ", ".join(_live(name).chain for name in names)
        has_store = isinstance(self.files.get(ACME), bytes)
        acme = f" and {ACME} ({', '.join(names)})" if has_store else ""
        others = f"; {LIVE} has {', '.join(self._folders())}" if self._folders() else ""
        what = f"letsencrypt found no certificate; looked for {tried}{acme}{others}"
        return self.variables.error("SSL_TYPE", what, "set SSL_DOMAIN" if others or acme else NO_LETSENCRYPT)

    def _is_for(self, entry: AcmeCertificate | Certificate, name: str) -> bool:
        asked_as_wildcard = name == self.settings.ssl_domain and f"*.{name}" in entry.names
        return asked_as_wildcard or certificates.covers(entry.names, name)

    def load(self, files: Files, setting: str = "SSL_TYPE") -> Certificate | Problem:
        """The certificate in ``files``, which ``setting`` asks for, or why there is none."""
        key_path = next((key for key in files.keys if isinstance(self.files.get(key), bytes)), files.keys[0])
        texts = []
        for index, path in enumerate((files.chain, key_path)):
            content = self.files.get(path, Unreadable("does not exist"))
            if isinstance(content, Unreadable):
                variable = files.variables[index] if files.variables else setting
                return self._unreadable(variable, f"{path} {content.reason}", path)
            texts.append(content.decode("utf-8", "replace"))
        chain, key = texts
        if files.chain == key_path:
            chain, key = certificates.split_pem(chain)
        for path in files.more:
            more = self.files.get(path)
            chain += more.decode("utf-8", "replace") if isinstance(more, bytes) else ""
        return certificates.certificate(chain, key, files.chain, key_path)

    def _unreadable(self, variable: str, what: str, path: str) -> Problem:
        """A file that cannot be read, at the variable that names it."""
        hint = cure(path, self.config) if what.endswith(" does not exist") else ""
        if variable != "SSL_TYPE":
            return self.variables.error(variable, what, hint)
        return Problem(self.variables.origin("SSL_TYPE"), f"SSL_TYPE={self.settings.ssl_type}: {what}", hint)
