"""The certificates and the key for TLS to the directory. The relay may not read where they are; it gets copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mailwright.core.problems import Findings, Problem
from mailwright.model.sources import Content, Unreadable
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


def _paths(settings: Settings) -> dict[str, str]:
    return {
        "LDAP_TLS_CA_CERT_FILE": settings.ldap_tls_ca_cert_file,
        "LDAP_TLS_CERT": settings.ldap_tls_cert,
        "LDAP_TLS_KEY": settings.ldap_tls_key,
    }


def wanted_paths(settings: Settings) -> tuple[str, ...]:
    """The files that the settings name."""
    if settings.account_provisioner != "LDAP":
        return ()
    return tuple(path for path in _paths(settings).values() if path)


def tls(variables: Variables, files: Mapping[str, Content]) -> tuple[LdapTls, list[Problem]]:
    """What the files hold, and a Problem for each that cannot be used."""
    problems = Findings()
    texts = [problems.keep(_text(name, variables, files)) for name in FILES]
    if variables.settings.ldap_tls_key and not variables.settings.ldap_tls_cert:
        problems.append(variables.error("LDAP_TLS_KEY", "has no effect without LDAP_TLS_CERT", "set LDAP_TLS_CERT"))
    return LdapTls(*texts), problems


def _text(name: str, variables: Variables, files: Mapping[str, Content]) -> tuple[str, list[Problem]]:
    path = _paths(variables.settings)[name]
    if not path:
        return "", []
    content = files.get(path, Unreadable("does not exist"))
    if isinstance(content, Unreadable):
        return "", [variables.error(name, f"{path} {content.reason}")]
    text = content.decode("ascii", "replace").replace("\r\n", "\n")
    if FILES[name] not in text:
        kind = "key" if "KEY" in FILES[name] else "certificate"
        return "", [variables.error(name, f"{path} holds no {kind} in PEM")]
    return text, []
