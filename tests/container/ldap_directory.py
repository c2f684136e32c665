"""A directory on the lab's network: OpenLDAP with docker-mailserver's schema, what can happen to it, and clients."""

from __future__ import annotations

import imaplib
import smtplib
import uuid
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.container.docker import LABEL, docker, pause, until
from tests.container.lab import PASSWORD, Lab, Server, env_file, trusting
from tests.pki import hierarchy, pair

IMAGE, FOLDER = "mailwright-test-slapd:latest", Path(__file__).parent / "directories" / "slapd"
HOST = "ldap.test"
LIMIT = 5  # seconds in which every answer must come: the clients' time limit
LATER = range(400, 500)
# Names that would be the folder of all mail, of a domain, of another account, or one inside it.
PATHS = ("..@example.test", ".@example.test", "../example.test/bob@example.test", "bob/new@example.test", "up@..")
BASE = "dc=example,dc=test"
BIND_PW = "secret-of-the-reader"
SSHA = "{SSHA}eLtqGpid+hkSVhxvsdTPztv4uapRofGx"  # of lab.PASSWORD
TREE = f"""\
dn: {BASE}
objectClass: organization
objectClass: dcObject
o: Example
dc: example

dn: cn=mail,{BASE}
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: mail
userPassword: {BIND_PW}

dn: ou=people,{BASE}
objectClass: organizationalUnit
ou: people

dn: cn=all,ou=people,{BASE}
objectClass: groupOfNames
cn: all
description: all@example.test
member: uid=alice,ou=people,{BASE}
member: uid=never,ou=people,{BASE}
"""
OWN = {
    "LDAP_SERVER_HOST": f"ldap://{HOST}",
    "LDAP_START_TLS": "yes",
    "LDAP_SEARCH_BASE": f"ou=people,{BASE}",
    "LDAP_BIND_PW": BIND_PW,
    "LDAP_TLS_CA_CERT_FILE": "/tmp/docker-mailserver/ca.pem",
    "DOVECOT_AUTH_BIND": "1",
}
OURS = "(|(mailEnabled=TRUE)(!(objectClass=PostfixBookMailAccount)))"
QUERIES = {
    "ACCOUNT_PROVISIONER": "LDAP",
    "LDAP_BIND_DN": f"cn=mail,{BASE}",
    "LDAP_QUERY_FILTER_USER": f"(&(mail=%s){OURS})",
    "LDAP_QUERY_FILTER_GROUP": "(|(mailGroupMember=%s)(&(objectClass=groupOfNames)(description=%s)))",
    "LDAP_QUERY_FILTER_DOMAIN": f"(&(|(mail=*@%s)(mailAlias=*@%s)){OURS})",
    "LDAP_QUOTA_ATTRIBUTE": "mailQuota",
    "LDAP_QUOTA_UNIT": "K",
    "DOVECOT_USER_FILTER": f"(&(mail=%u){OURS})",
}


def person(address: str, *attributes: str) -> str:
    """An entry with docker-mailserver's schema if it has further attributes; plain inetOrgPerson otherwise."""
    name = address.partition("@")[0].replace("/", "-")
    extra = ("objectClass: PostfixBookMailAccount", *attributes) if attributes else ()
    lines = (
        *(f"dn: uid={name},ou=people,{BASE}", "objectClass: inetOrgPerson", f"cn: {name}", f"sn: {name}"),
        *(f"uid: {name}", f"mail: {address}", f"userPassword: {SSHA}", *extra),
    )
    return "\n" + "\n".join(lines) + "\n"


# The directory says where the mail of these two is.
HOMER, LOST = "homer@example.test", "lost@example.test"
PLACED = (
    person(HOMER, "mailEnabled: TRUE", "mailHomeDirectory: /var/mail/homes/7", "mailStorageDirectory: ~/Mail"),
    person(LOST, "mailEnabled: TRUE", "mailStorageDirectory: /var/mail/../../tmp/lost"),
    *(person(path, "mailEnabled: TRUE") for path in PATHS),
)


@dataclass
class Directory:
    """The directory's container, the certificate of the authority that signed its own, and a client's of its own."""

    server: Server
    authority: str
    client: tuple[str, str]  # certificate and key

    @classmethod
    def of(cls, lab: Lab, *people: str, names: tuple[str, ...] = (HOST,)) -> Directory:
        """A directory with these people, ready; its certificate is for ``names``."""
        docker("build", "--quiet", "--label", LABEL, "--tag", IMAGE, str(FOLDER))
        certificate, intermediate, root, key = hierarchy(*names, identified=False)
        client = pair("mail.example.test")
        files = {"entries.ldif": TREE + "".join(people), "cert.pem": certificate + intermediate, "key.pem": key}
        folder = lab.folder({**files, "clients.pem": client[0]})
        return cls(lab.container("slapd", "-v", f"{folder}:/directory:ro", image=IMAGE), root, client)

    def modify(self, ldif: str, who: str = f"cn=admin,{BASE}") -> None:
        """Changes entries, or the server itself as cn=config."""
        self.server.run("ldapmodify", "-x", "-H", "ldap:///", "-D", who, "-w", "secret", text=ldif)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """No server there."""
        docker("stop", "-t", "1", self.server.name)
        try:
            yield
        finally:
            docker("start", self.server.name)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Connections are taken, and nothing is said."""
        pause(self.server.name)
        try:
            yield
        finally:
            docker("unpause", self.server.name)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Every search ends with an error."""
        entry = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n"
        self.modify(f"{entry}add: olcRestrict\nolcRestrict: search\n", "cn=config")
        try:
            yield
        finally:
            self.modify(f"{entry}delete: olcRestrict\n", "cn=config")

    @contextmanager
    def demanding_certificates(self) -> Iterator[None]:
        """Only clients with a certificate that it knows can connect with TLS."""
        entry = "dn: cn=config\nchangetype: modify\nreplace: olcTLSVerifyClient\nolcTLSVerifyClient: "
        self.modify(f"{entry}demand\n", "cn=config")
        try:
            yield
        finally:
            self.modify(f"{entry}never\n", "cn=config")


@contextmanager
def smtp(server: Server, port: int) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(server.ip, port, local_hostname="client.test", timeout=LIMIT) as client:
        if port == 587:
            client.starttls(context=trusting())
        client.ehlo()
        yield client


def rcpt(server: Server, *addresses: str) -> list[int]:
    """What port 25 answers to each recipient, for a sender that no smtpd has seen: one remembers failures."""
    with smtp(server, 25) as client:
        client.mail(f"{uuid.uuid4()}@outside.test")
        return [client.rcpt(address)[0] for address in addresses]


def auth(server: Server, login: str, password: str = PASSWORD) -> int:
    """What port 587 answers to a login."""
    with smtp(server, 587) as client:
        words = b64encode(f"\0{login}\0{password}".encode()).decode()
        return client.docmd("AUTH", f"PLAIN {words}")[0]


def imap(server: Server, login: str, password: str = PASSWORD) -> str:
    """What IMAP answers to a login."""
    with imaplib.IMAP4_SSL(server.ip, 993, ssl_context=trusting(), timeout=LIMIT) as client:
        try:
            return client.login(login, password)[0]
        except imaplib.IMAP4.error as error:
            return str(error).partition("]")[0].lstrip("[b'")


def change(server: Server, **settings: str) -> None:
    """mailserver.env has these settings besides OWN, and they are in use."""
    assert server.config
    before = server.log().count("applied")
    (server.config / ".new").write_text(env_file({**OWN, **settings}))
    (server.config / ".new").rename(server.config / "mailserver.env")
    until("the new settings", lambda: server.log().count("applied") > before)


def forget(server: Server) -> None:
    """No login is in Dovecot's cache."""
    server.run("doveadm", "auth", "cache", "flush")
