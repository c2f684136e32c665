"""ldap-relay: stands between the daemons and an LDAP directory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from mailwright.core import sockets
from mailwright.core.endpoints import Sockets
from mailwright.core.tree import Effect, File, Folder
from mailwright.model.mailserver import Mailserver
from mailwright.model.provisioners.ldap import LdapProvisioner
from mailwright.model.provisioners.ldap_server import LdapServer
from mailwright.services.declaration import Program, Service, User
from mailwright.settings import Settings

USER = "_ldap-relay"


def uses(mailserver: Mailserver) -> bool:
    """Whether accounts are in an LDAP directory, and this node asks for them."""
    return mailserver.knows_accounts and isinstance(mailserver.provisioner, LdapProvisioner)


def files(mailserver: Mailserver, etc: str) -> Iterator[File]:
    """Where the directory is, and our login there, for each of the daemons."""
    provisioner = mailserver.provisioner
    if isinstance(provisioner, LdapProvisioner):
        pems = {"ca": provisioner.tls.authorities, "cert": provisioner.tls.certificate, "key": provisioner.tls.key}
        tls = {f"{name}_file": f"{etc}/ldap-relay/{name}.pem" if pem else "" for name, pem in pems.items()}
        values = {"postfix": _values(mailserver.settings, provisioner.server, sockets.LDAP_POSTFIX, tls)}
        if not mailserver.settings.smtp_only:
            values["dovecot"] = _values(mailserver.settings, provisioner.dovecot_server, sockets.LDAP_DOVECOT, tls)
            values["dovecot"]["paths"] = dict(provisioner.accounts.paths)
        yield _file("relay.json", json.dumps(values, indent=1) + "\n")
        yield from (_file(f"{name}.pem", pem) for name, pem in pems.items() if pem)


def _file(name: str, text: str) -> File:
    """A file that the relay alone reads, at its start."""
    path, owner = f"ldap-relay/{name}", f"{USER}:root"
    return File(path, text, "ldap-relay", 0o400, owner, effect=Effect.RESTART, secret=True)


def _values(settings: Settings, server: LdapServer, socket: str, tls: Mapping[str, str]) -> dict[str, object]:
    return {
        "socket": socket,
        "domains_socket": sockets.LDAP_DOMAINS if socket == sockets.LDAP_POSTFIX else "",
        "uris": server.uris,
        "timeout": settings.ldap_timeout,
        "bind_dn": server.bind_dn,
        "bind_pw": server.bind_pw,
        "start_tls": server.start_tls,
        # Postfix itself tells a missing base from a group's member that is missing.
        "base_is_fixed": socket == sockets.LDAP_DOVECOT and "%" not in server.base,
        "tls": {
            **tls,
            "ca_dir": settings.ldap_tls_ca_cert_dir,
            "ciphers": settings.ldap_tls_cipher_suite,
            "verify": settings.ldap_tls_require_cert,
        },
    }


def state(settings: Settings, _: Sockets) -> Iterator[Folder]:
    """The folders of its sockets: each is for one daemon only."""
    if settings.account_provisioner == "LDAP":
        for path, group in ((sockets.LDAP_POSTFIX, "postfix"), (sockets.LDAP_DOVECOT, "dovecot")):
            yield Folder(path.rpartition("/")[0], f"{USER}:{group}", 0o750)


def program(_: Mailserver) -> Program:
    """Runs as a user of its own."""
    return Program("/usr/bin/python3 -m mailwright.programs.ldap_relay /etc/ldap-relay/relay.json", user=USER)


LDAP_RELAY = Service(
    name="ldap-relay",
    summary="asks the LDAP directory for Postfix and Dovecot, and answers in time",
    start=68,
    enabled=uses,
    files=files,
    program=program,
    state=state,
    etc=("ldap-relay",),
    users=(User(USER, 113),),
)
