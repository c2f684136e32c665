"""The certificates and the key for TLS to the directory. The relay may not read where they are; it gets copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailwright.core.problems import Findings, Problem
from mailwright.model.named_files import content
from mailwright.model.sources import Content
from mailwright.model.variables import Variables
from mailwright.settings import Settings

# Setting → what its file must hold.
FILES = {
    "LDAP_TLS_CA_CERT_FILE": "-----BEGIN CERTIFICATE-----",
    "LDAP_TLS_CERT": "-----BEGIN CERTIFICATE-----",
    "LDAP_TLS_KEY": "PRIVATE KEY-----",
}


@dataclass(frozen=True, slots=True)
class LdapTls:
    """PEM texts; empty where none is given."""

    authorities: str = ""
    certificate: str = ""
    key: str = ""


def wanted_paths(settings: Settings) -> tuple[str, ...]:
    """The files that the settings name."""
    if settings.account_provisioner != "LDAP":
        return ()
    named = (settings.ldap_tls_ca_cert_file, settings.ldap_tls_cert, settings.ldap_tls_key)
    return tuple(path for path in named if path)


def tls(variables: Variables, files: Mapping[str, Content]) -> tuple[LdapTls, list[Problem]]:
    """What the files hold, and a Problem for each that cannot be used."""
    problems = Findings()
    texts = [problems.keep(_text(name, variables, files)) for name in FILES]
    if variables.settings.ldap_tls_key and not variables.settings.ldap_tls_cert:
        problems.append(variables.error("LDAP_TLS_KEY", "has no effect without LDAP_TLS_CERT", "set LDAP_TLS_CERT"))
    return LdapTls(*texts), problems


def _text(name: str, variables: Variables, files: Mapping[str, Content]) -> tuple[str, list[Problem]]:
    found, problems = content(variables, files, name)
    if found is None:
        return "", problems
    text = found.decode("ascii", "replace").replace("\r\n", "\n")
    if FILES[name] not in text:
        kind = "key" if "KEY" in FILES[name] else "certificate"
        path = getattr(variables.settings, name.lower())
        return "", [variables.error(name, f"{path} holds no {kind} in PEM")]
    return text, []
