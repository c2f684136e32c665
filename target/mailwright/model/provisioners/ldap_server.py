"""How the directory is reached: its servers, our login there, TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailwright.core.problems import Problem, shown
from mailwright.model.variables import Variables

URI = re.compile(r"(ldaps?)://(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?/?|ldapi://[A-Za-z0-9%._-]+/?")
HOST = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
LOCAL = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class LdapServer:
    """The directory as one of the daemons reaches it."""

    uris: tuple[str, ...] = ()
    start_tls: bool = False
    bind_dn: str = ""
    bind_pw: str = ""
    base: str = ""

    @property
    def encrypts(self) -> bool:
        """Whether all connections that cross a network use TLS."""
        return self.start_tls or all(uri.startswith(("ldaps:", "ldapi:")) or _is_local(uri) for uri in self.uris)

    @property
    def place(self) -> str:
        """The directory in an operator's words."""
        return f"the directory {self.uris[0]}" if self.uris else "the directory"


def _is_local(uri: str) -> bool:
    match = URI.fullmatch(uri)
    return bool(match) and match[2] in LOCAL  # type: ignore[index]


def servers(variables: Variables) -> tuple[LdapServer, LdapServer, list[Problem]]:
    """The directory as Postfix and as Dovecot reach it, and what is missing or contradicts."""
    settings = variables.settings
    common = LdapServer(
        uris=_uris(settings.ldap_server_host, settings.ldap_server_port),
        start_tls=settings.ldap_start_tls,
        bind_dn=settings.ldap_bind_dn if settings.ldap_bind else "",
        bind_pw=settings.ldap_bind_pw if settings.ldap_bind else "",
        base=settings.ldap_search_base,
    )
    own_name = bool(settings.dovecot_dn)
    dovecot = LdapServer(
        uris=_uris(settings.dovecot_uris, settings.ldap_server_port) or common.uris,
        start_tls=settings.dovecot_tls if "DOVECOT_TLS" in variables else common.start_tls,
        bind_dn=settings.dovecot_dn or common.bind_dn,
        bind_pw=settings.dovecot_dnpass
        or ("" if own_name and settings.dovecot_dn != common.bind_dn else common.bind_pw),
        base=settings.dovecot_base or common.base,
    )
    problems = [*_missing(variables, common, dovecot), *_contradictions(variables, common, dovecot)]
    return common, dovecot, problems


def _uris(text: str, port: int) -> tuple[str, ...]:
    """Each server as a URI; a host without a scheme is meant for ldap://."""
    words = text.replace(",", " ").split()
    uris = [f"ldap://{word}" if HOST.fullmatch(word) else word for word in words]
    return tuple(f"{uri.rstrip('/')}:{port}" if _lacks_port(uri, port) else uri.rstrip("/") for uri in uris)


def _lacks_port(uri: str, port: int) -> bool:
    match = URI.fullmatch(uri)
    return port != 389 and bool(match) and match[1] == "ldap" and not match[3]  # type: ignore[index]


def _missing(variables: Variables, common: LdapServer, dovecot: LdapServer) -> Iterator[Problem]:
    kind = "with ACCOUNT_PROVISIONER=LDAP"
    if not common.uris:
        yield variables.error("LDAP_SERVER_HOST", f"must be set {kind}", "such as ldap://ldap.example.com")
    if not common.base:
        yield variables.error("LDAP_SEARCH_BASE", f"must be set {kind}", "such as ou=people,dc=example,dc=com")
    pairs = (
        ("LDAP_BIND_DN", common.bind_dn, "LDAP_BIND_PW", common.bind_pw),
        ("DOVECOT_DN", dovecot.bind_dn, "DOVECOT_DNPASS", dovecot.bind_pw),
    )
    for name, given, password_name, password in pairs:
        if name.startswith("DOVECOT") and (given, password) == (common.bind_dn, common.bind_pw):
            continue
        if given and not password:
            what = f"needs {password_name}: a login needs a password"
            yield variables.error(name, what, f"{password_name}__FILE reads it from a file")
        if password and not given:
            yield variables.error(password_name, f"has no effect without {name}", f"set {name}, the entry that logs in")


def _contradictions(variables: Variables, common: LdapServer, dovecot: LdapServer) -> Iterator[Problem]:
    settings = variables.settings
    for name, tls, server in (
        ("LDAP_SERVER_HOST", "LDAP_START_TLS", common),
        ("DOVECOT_URIS" if settings.dovecot_uris else "LDAP_SERVER_HOST", "DOVECOT_TLS", dovecot),
    ):
        if tls == "DOVECOT_TLS" and (server.uris, server.start_tls) == (common.uris, common.start_tls):
            continue
        for uri in server.uris:
            if not URI.fullmatch(uri):
                yield variables.error(name, f"{shown(uri)} is not the URI of a directory", "ldap://ldap.example.com")
        if server.start_tls and any(uri.startswith("ldaps:") for uri in server.uris):
            yield variables.error(tls, f"contradicts {name}: ldaps:// is encrypted from the first byte", f"{tls}=0")
        if not server.encrypts and server.uris:
            what = "passwords cross the network readable for everybody on the way"
            yield variables.warning(name, what, f"{tls}=1, or ldaps://")
    if not settings.ldap_tls_require_cert:
        what = "the directory's certificate is not verified: somebody on the way can read and change everything"
        yield variables.warning(
            "LDAP_TLS_REQUIRE_CERT", what, "LDAP_TLS_CA_CERT_FILE names the authority that signed it"
        )
