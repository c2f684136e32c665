"""The recipes of the documentation for Active Directory, Keycloak and Authentik, with the pages' own settings.

The directory is OpenLDAP with entries as in Active Directory; an entry logs in by its name (DN) only. The provider's
answers are those of Keycloak and Authentik.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.container import tokens
from tests.container.docker import until
from tests.container.lab import Lab, Server
from tests.container.ldap_directory import BASE, BIND_PW, SSHA, Directory, auth, imap, rcpt, smtp
from tests.container.provider import Provider
from tests.container.tokens import IN, REFUSED, everywhere, token_of

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
ALICE, BOB, LEFT = "alice@example.test", "bob@example.test", "left@example.test"
SALES, TEAM = "sales@example.test", "team@example.test"
NORMAL, DISABLED = 512, 514  # userAccountControl
DN = {name: f"CN={name.partition('@')[0]},CN=Users,{BASE}" for name in (ALICE, BOB, LEFT, TEAM)}
KEYCLOAK = {
    "iss": "https://id.example.test/realms/example", "aud": ["mail", "account"], "typ": "Bearer", "azp": "roundcube",
    "sub": "5e0f6a4c-3b0c-4f5e-9b1e-2d1f4a6c8e90", "acr": "1", "allowed-origins": ["https://webmail.example.test"],
    "realm_access": {"roles": ["offline_access"]}, "resource_access": {"account": {"roles": ["view-profile"]}},
    "scope": "openid email profile", "email_verified": True, "name": "Alice A", "preferred_username": "alice",
    "email": ALICE, "client_id": "roundcube", "username": "alice", "token_type": "Bearer", "active": True,
}  # fmt: skip
AUTHENTIK = {
    "iss": "https://id.example.test/application/o/mail/", "sub": "a" * 64, "aud": "mail", "auth_time": 1,
    "acr": "goauthentik.io/providers/oauth2/default", "amr": ["pwd"], "sid": "b" * 64, "email": ALICE,
    "email_verified": False, "name": "Alice A", "given_name": "Alice A", "preferred_username": "alice",
    "nickname": "alice", "groups": ["people"], "active": True, "scope": "openid email", "client_id": "mail",
}  # fmt: skip
ANSWERS = {
    "keycloak": KEYCLOAK,
    "authentik": AUTHENTIK,
    "service": {**KEYCLOAK, "email": None, "preferred_username": "service-account-mail"},
    "of-photos": {**AUTHENTIK, "aud": "photos"},
    LEFT: {**KEYCLOAK, "email": LEFT},
}


def blocks(page: str, heading: str) -> list[str]:
    """The settings below a heading, each block as it is, for the test's names."""
    section = (PAGES / page).read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    found = re.findall(r"^( *)```ini\n(.*?)^ *```$", section, re.DOTALL | re.MULTILINE)
    texts = ("".join(line.removeprefix(indent) for line in text.splitlines(keepends=True)) for indent, text in found)
    return [text.replace("example.com", "example.test").replace("dc=com", "dc=test") for text in texts]


def person(address: str, control: int, *attributes: str) -> str:
    """An entry as Active Directory has them."""
    name = address.partition("@")[0]
    lines = (
        *(f"dn: {DN[address]}", "objectClass: user", f"cn: {name}", f"sn: {name}", "objectCategory: person"),
        *(f"sAMAccountName: {name}", f"userPrincipalName: {name}@corp.test", f"mail: {name.title()}@Example.test"),
        *(f"proxyAddresses: SMTP:{address}", f"userAccountControl: {control}", f"memberOf: {DN[TEAM]}"),
        *(f"userPassword: {SSHA}", *attributes),
    )
    return "\n" + "\n".join(lines) + "\n"


def group(address: str, *members: str) -> str:
    """A group as Active Directory has them."""
    name = address.partition("@")[0]
    lines = (f"dn: {DN[address]}", "objectClass: group", f"cn: {name}", f"mail: {address}", "groupType: -2147483646")
    return "\n" + "\n".join([*lines, *(f"member: {DN[member]}" for member in members)]) + "\n"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """The recipes of Active Directory and Keycloak together. The first domain controller is down."""
    directory = Directory.of(
        lab,
        f"\ndn: CN=Users,{BASE}\nobjectClass: container\ncn: Users\n",
        person(ALICE, NORMAL, f"proxyAddresses: smtp:{SALES}", f"proxyAddresses: X500:/o=Example/cn={SALES}"),
        person(BOB, NORMAL),
        person(LEFT, DISABLED, "proxyAddresses: smtp:old@example.test"),
        group(TEAM, ALICE, BOB, LEFT),
        names=("dc2.example.test",),
    )
    provider = Provider.of(lab, {token_of(name): claims for name, claims in ANSWERS.items()}, "id.example.test")
    settings, groups = blocks("accounts-ldap.md", "Active Directory")
    settings = settings.replace("LDAP_BIND_DN=mail-reader@example.test", f"LDAP_BIND_DN=cn=mail,{BASE}")
    config = {
        "mailserver.env": settings + with_provider("Keycloak"),
        "ldap-groups.cf": groups,
        "ssl/ad-ca.pem": directory.authority,
        **provider.files,
    }
    secrets = lab.folder({"ldap": BIND_PW, "oauth2": "client-secret"})
    options = ("-v", f"{secrets}:/run/secrets:ro", "--add-host", f"dc1.example.test:{lab.dns}")
    names = ("--add-host", f"dc2.example.test:{directory.server.ip}", *provider.address)
    return lab.mailserver("ad", config, {"POSTMASTER_ADDRESS": BOB}, *options, *names, hostname="mail.example.test")


def with_provider(heading: str) -> str:
    """The settings of a provider."""
    [settings] = blocks("oauth2.md", heading)
    more = "OAUTH2_CA_FILE=/tmp/docker-mailserver/id-ca.pem\nENABLE_POP3=1\nENABLE_MANAGESIEVE=1\n"
    return settings.replace("0aB1cD2eF3", "mail") + more


def test_active_directory(server: Server) -> None:
    assert (imap(server, ALICE), auth(server, ALICE), imap(server, "ALICE@Example.test")) == ("OK", 235, "OK")
    assert rcpt(server, ALICE, BOB, SALES.upper(), TEAM) == [250] * 4
    assert rcpt(server, LEFT, "old@example.test", "nobody@example.test") == [550] * 3
    assert (imap(server, LEFT), auth(server, LEFT)) == ("AUTHENTICATIONFAILED", 535)
    assert server.receives(ALICE, server.deliver("someone@outside.test", SALES))
    sent = server.deliver("someone@outside.test", TEAM)
    assert server.receives(ALICE, sent)
    assert server.receives(BOB, sent)
    with smtp(server, 587) as client:
        client.login(ALICE, "secret")
        client.mail(BOB)
        assert client.rcpt(BOB)[0] == 553


def logins(server: Server, outcomes: Mapping[str, str]) -> None:
    """Tokens of Alice by name, and how logins with each end everywhere."""
    attempts = [(login, ALICE, token_of(name)) for name in outcomes for login in tokens.EVERYWHERE]
    assert tokens.results(server, attempts) == [outcome for outcome in outcomes.values() for _ in tokens.EVERYWHERE]


def test_keycloak_and_authentik(server: Server) -> None:
    logins(server, {"keycloak": IN, "service": REFUSED, "of-photos": REFUSED})
    assert everywhere(server, LEFT) == {REFUSED}
    assert server.config
    file, before = server.config / "mailserver.env", server.log().count("applied")
    kept = file.read_text().partition("ENABLE_OAUTH2")[0]
    file.write_text(kept + with_provider("Authentik"))
    until("the new settings", lambda: server.log().count("applied") > before)
    logins(server, {"authentik": IN, "of-photos": REFUSED})
