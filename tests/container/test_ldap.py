"""Accounts in an LDAP directory: what it says counts, and while it says nothing, nobody is refused for good."""

from __future__ import annotations

import json
import smtplib
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from mailwright.formats.app_passwords import hashed
from tests.container import tokens
from tests.container.docker import docker, until
from tests.container.lab import PASSWORD, Lab, Server, env_file, message
from tests.container.ldap_directory import (
    BASE,
    BIND_PW,
    HOMER,
    HOST,
    LATER,
    LOST,
    OWN,
    PATHS,
    PLACED,
    QUERIES,
    Directory,
    auth,
    change,
    forget,
    imap,
    person,
    rcpt,
    smtp,
)
from tests.container.provider import ASKING, Provider
from tests.pki import pair

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@plain.test"
DAVE, GONE, STRANGER = "dave@example.test", "gone@example.test", "stranger@example.test"
FIRST, SECOND = "first@example.test", "second@example.test"  # of one entry
PHONE = "of-one-program"
ENV = {**QUERIES, "POSTMASTER_ADDRESS": BOB, **ASKING}
LDAPS = {"LDAP_SERVER_HOST": f"ldaps://{HOST}", "LDAP_START_TLS": "0"}


@pytest.fixture(scope="module")
def directory(lab: Lab) -> Directory:
    """Alice and Bob with docker-mailserver's schema, Carol without; the account of a person who has left."""
    return Directory.of(
        lab,
        person(ALICE, "mailEnabled: TRUE", "mailAlias: sales@other.test", "mailGroupMember: team@example.test"),
        person(BOB, "mailEnabled: TRUE", "mailGroupMember: team@example.test"),
        person(DAVE, "mailEnabled: TRUE", "mailQuota: 20"),
        person(CAROL),
        person(GONE, "mailEnabled: FALSE"),
        person(FIRST, "mailEnabled: TRUE", f"mail: {SECOND}"),
        *PLACED,
    )


@pytest.fixture(scope="module")
def server(lab: Lab, directory: Directory) -> Server:
    """Mailwright with accounts in that directory, over verified TLS, and with a provider that knows people."""
    provider = Provider.of(lab, tokens.tokens_of(ALICE, BOB, GONE, STRANGER))
    config = {
        "mailserver.env": env_file(OWN),
        "ldap-groups.cf": "special_result_attribute = member\n",
        "dovecot-app-passwords.cf": "".join(f"{who}/Phone|{hashed(PHONE)}\n" for who in (ALICE, GONE)),
        "ca.pem": directory.authority,
        "other.pem": pair(HOST)[0],
        "client.pem": "".join(directory.client),
        **provider.files,
    }
    addresses = ("--add-host", f"{HOST}:{directory.server.ip}", *provider.address)
    return lab.mailserver("ldap", config, ENV, *addresses, hostname="mail.example.test")


def works(server: Server) -> bool:
    """Whether Postfix and Dovecot reach the directory."""
    forget(server)
    return rcpt(server, ALICE, "nobody@example.test") == [250, 550] and imap(server, CAROL) == "OK"


def all_wait(server: Server) -> None:
    """Everybody is told to try again later; nobody is refused for good."""
    forget(server)
    fresh = uuid.uuid4()  # what was asked a moment ago has an answer
    for address in (f"alice+{fresh}@example.test", f"{fresh}@example.test", f"sales+{fresh}@other.test"):
        assert rcpt(server, address)[0] in LATER
    logins = ((ALICE, PASSWORD), ("nobody@example.test", PASSWORD), (BOB, "wrong"), (ALICE, PHONE), (GONE, PHONE))
    assert [auth(server, *login) for login in logins] == [454] * 5
    assert [imap(server, login) for login in (ALICE, "nobody@example.test")] == ["UNAVAILABLE"] * 2
    assert tokens.everywhere(server, ALICE, STRANGER) == {tokens.LATER}


def test_the_directory_says_who_gets_mail(server: Server) -> None:
    assert rcpt(server, ALICE, CAROL, "ALICE+lists@example.test", "sales@other.test", "team@example.test") == [250] * 5
    assert rcpt(server, "nobody@example.test", GONE, "*@example.test", "x@plain.test") == [550] * 4
    assert rcpt(server, "x@foreign.test", "postmaster@foreign.test") == [554] * 2
    assert rcpt(server, "postmaster@plain.test", "postmaster@other.test") == [250] * 2
    sent = server.deliver("someone@outside.test", "team@example.test")
    assert server.receives(ALICE, sent)
    assert server.receives(BOB, sent)
    assert server.receives(ALICE, server.deliver("someone@outside.test", "all@example.test"))  # a member is missing
    assert server.receives(CAROL, server.deliver("someone@outside.test", CAROL))


def test_trace_asks_the_directory(server: Server) -> None:
    told = json.loads(server.run("setup", "trace", "team@example.test", "--json"))
    assert {end["account"] for end in told["ends"]} == {ALICE, BOB}
    assert told["verdict"]["accepted"]
    assert "550 5.1.1 <nobody@example.test>" in server.run("setup", "trace", "nobody@example.test", check=False)
    carol = json.loads(server.run("setup", "trace", ALICE, "--login", ALICE, "--from", CAROL, "--json", check=False))
    assert carol["verdict"]["reply"] == f"553 5.7.1 <{CAROL}>: Sender address rejected: not owned by user {ALICE}"


def test_domains_that_have_aliases_only(server: Server) -> None:
    zones = server.run("setup", "dns", "--zone")
    assert all(f"zone of {name}\n" in zones for name in ("example.test", "other.test", "plain.test"))
    assert json.loads(server.run("setup", "status", "--json", check=False))["domains"] == 3


def test_the_directory_says_who_logs_in(server: Server) -> None:
    assert (auth(server, ALICE), imap(server, ALICE), auth(server, CAROL), imap(server, BOB)) == (235, "OK", 235, "OK")
    wrong = ((ALICE, "wrong"), (GONE, PASSWORD), ("*@example.test", PASSWORD), ("nobody@example.test", PASSWORD))
    with ThreadPoolExecutor(8) as many:  # each is answered late
        codes, answers = (
            many.map(lambda pair: auth(server, *pair), wrong),
            many.map(lambda pair: imap(server, *pair), wrong),
        )
        assert ({*codes}, {*answers}) == ({535}, {"AUTHENTICATIONFAILED"})


def test_a_name_that_is_a_path_is_not_an_account(server: Server) -> None:
    assert {path: code for path in PATHS if (code := rcpt(server, path)[0]) < 500} == {}
    with ThreadPoolExecutor(8) as many:
        opened = many.map(lambda path: (path, imap(server, path)), PATHS)
        assert {path: said for path, said in opened if said != "AUTHENTICATIONFAILED"} == {}
    assert [path for path in PATHS if path in server.run("setup", "email", "list")] == []


def test_a_second_address_does_not_open_the_mailbox_of_the_first(server: Server) -> None:
    assert server.receives(SECOND, server.deliver("someone@outside.test", SECOND))
    assert server.mails(FIRST) == []


def test_an_app_password_needs_an_account_in_the_directory(server: Server) -> None:
    assert (auth(server, ALICE, PHONE), imap(server, ALICE, PHONE)) == (235, "OK")
    assert (auth(server, GONE, PHONE), auth(server, BOB, PHONE)) == (535, 535)
    assert imap(server, GONE, PHONE) == "AUTHENTICATIONFAILED"


def test_a_token_needs_an_account_in_the_directory(server: Server) -> None:
    assert tokens.everywhere(server, ALICE, ALICE.upper()) == {tokens.IN}
    assert tokens.everywhere(server, GONE, STRANGER) == {tokens.REFUSED}


def test_nobody_sends_in_anothers_name(server: Server) -> None:
    def may_send(login: str, sender: str) -> bool:
        with smtp(server, 587) as client:
            client.login(login, PASSWORD)
            client.mail(sender)
            return client.rcpt(CAROL)[0] == 250

    assert [may_send(ALICE, own) for own in (ALICE, "sales@other.test", "team@example.test")] == [True] * 3
    assert not may_send(ALICE, BOB)
    assert not may_send(BOB, "sales@other.test")
    assert not may_send(ALICE, "someone@outside.test")


def test_the_quota_is_an_attribute(server: Server) -> None:
    def limit(login: str) -> str:
        with server.imap(login) as client:
            return str(client.getquotaroot("INBOX")[1])

    def is_full() -> bool:
        try:
            server.deliver("someone@outside.test", DAVE, message("someone@outside.test", DAVE, text="\n" * 8000))
        except smtplib.SMTPRecipientsRefused as error:
            return error.recipients[DAVE][0] == 552
        return False

    assert ("STORAGE 0 20)" in limit(DAVE), "STORAGE" in limit(ALICE)) == (True, False)
    until("a full mailbox", is_full)


def test_commands_read_the_directory_and_do_not_edit_it(server: Server) -> None:
    listed = server.run("setup", "email", "list")
    assert [address in listed for address in (ALICE, BOB, CAROL, GONE)] == [True, True, True, False]
    refused = server.run("setup", "email", "add", "new@example.test", "x", check=False)
    assert f"accounts are in the directory ldap://{HOST}" in refused
    told = server.run("setup", "ldap", "test", "sales@other.test")
    assert f"(&(mailAlias=sales@other.test)(mailEnabled=TRUE))\n  an alias of: {ALICE}\n" in told
    assert "quota_storage_size=20K" in server.run("setup", "ldap", "test", DAVE)
    assert BIND_PW not in told + server.run("ps", "axww") + server.log()


@pytest.mark.parametrize("fault", ["stopped", "paused", "refusing"])
def test_a_directory_without_an_answer(server: Server, directory: Directory, fault: str) -> None:
    assert (imap(server, ALICE), auth(server, ALICE)) == ("OK", 235)
    happens: AbstractContextManager[None] = getattr(directory, fault)()
    with happens:
        assert (imap(server, ALICE), auth(server, ALICE)) == ("OK", 235)  # Dovecot's cache
        all_wait(server)
        with ThreadPoolExecutor(30) as many:
            fresh = many.map(lambda number: rcpt(server, f"alice+{number}-{fault}@example.test")[0], range(30))
            assert set(fresh) <= set(LATER)
    until("the directory", lambda: works(server))


def test_health_names_the_directory(server: Server, directory: Directory) -> None:
    health = ("python3", "-m", "mailwright.programs.health")
    with directory.paused():
        assert "ldap.test is down or refuses us" in server.run(*health, check=False)
        assert f"the directory ldap://{HOST} is down" in server.run("setup", "status", check=False)
        assert f"the directory ldap://{HOST} is down" in server.run("setup", "doctor", "--offline", check=False)
        told = server.run("setup", "ldap", "test", ALICE, check=False)
        assert "no answer" in told
    until("health", lambda: server.run(*health))
    until("the directory", lambda: works(server))


def test_a_restart_under_load(server: Server, directory: Directory) -> None:
    with ThreadPoolExecutor(4) as many:
        codes = [many.submit(lambda: [rcpt(server, CAROL)[0] for _ in range(15)]) for _ in range(4)]
        docker("restart", "-t", "1", directory.server.name)
        assert {code for future in codes for code in future.result()} <= {250, *LATER}
    until("the directory", lambda: works(server))


def test_accepted_mail_waits_in_the_queue(server: Server, directory: Directory) -> None:
    forget(server)
    mail = message("someone@outside.test", CAROL)
    with smtp(server, 25) as client:
        client.mail("someone@outside.test")
        assert client.rcpt(CAROL)[0] == 250
        with directory.paused():
            code, _ = client.data(mail.as_bytes())
            assert code in (250, *LATER)
            if code == 250:
                server.sees("status=deferred")
    until("the directory", lambda: works(server))
    if code == 250:
        assert server.receives(CAROL, str(mail["Message-ID"]), queue=server)


def test_a_hash_that_dovecot_compares(server: Server) -> None:
    change(server, DOVECOT_AUTH_BIND="0")
    until("a login", lambda: imap(server, BOB) == "OK")
    forget(server)
    assert (imap(server, BOB), imap(server, BOB, "wrong")) == ("OK", "AUTHENTICATIONFAILED")
    change(server)


def test_an_attribute_says_where_mail_is_in_the_mail_folder(server: Server) -> None:
    change(server, DOVECOT_USER_ATTRS="mailHomeDirectory=home,mailStorageDirectory=mail")
    until("another place", lambda: "/var/mail/homes/7/Mail" in server.run("doveadm", "user", HOMER, check=False))
    for login in (HOMER, CAROL):  # Carol's entry says nothing
        assert server.receives(login, server.deliver("someone@outside.test", login))
    answers = (imap(server, LOST), server.run("find", "/tmp", "-name", "lost*"))
    assert answers == ("UNAVAILABLE", "")
    server.sees("has mailStorageDirectory '/var/mail/../../tmp/lost', which does not")
    change(server)
    until("the directory", lambda: works(server))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"LDAP_BIND_PW": "wrong"}, f"refuses the login of cn=mail,{BASE}: wrong name or password"),
        ({**LDAPS, "LDAP_TLS_CA_CERT_FILE": "/tmp/docker-mailserver/other.pem"}, "its certificate is not accepted"),
        ({"LDAP_SEARCH_BASE": f"ou=nowhere,{BASE}"}, ""),
    ],
)
def test_a_directory_that_does_not_fit(server: Server, settings: dict[str, str], said: str) -> None:
    change(server, **settings)
    until("the new login", lambda: rcpt(server, CAROL)[0] in LATER)
    if said:
        server.sees(said)
    all_wait(server)
    change(server)
    until("the directory", lambda: works(server))


def test_ldaps_and_a_client_certificate(server: Server, directory: Directory) -> None:
    with directory.demanding_certificates():
        change(server, **LDAPS)
        server.sees("a certificate of ours (LDAP_TLS_CERT)")
        forget(server)
        assert (auth(server, ALICE), imap(server, ALICE), rcpt(server, "alice+ca@example.test")[0] in LATER) == (
            454,
            "UNAVAILABLE",
            True,
        )
        change(server, **LDAPS, LDAP_TLS_CERT="/tmp/docker-mailserver/client.pem")
        until("the directory", lambda: works(server))
    change(server)
    until("the directory", lambda: works(server))
