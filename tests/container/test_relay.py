"""Port 25 takes mail for our domains only; nobody relays without a login (the matrix of refusals)."""

from __future__ import annotations

import smtplib

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import LABEL, docker
from tests.container.lab import PASSWORD, Lab, Server, accounts, trusting

OUTSIDE = "victim@outside.test"
FORMS = [
    OUTSIDE,
    "victim%outside.test@example.test",
    "outside.test!victim",
    "outside.test!victim@example.test",
    '"victim@outside.test"@example.test',
    '"victim@outside.test"',
    "@example.test:victim@outside.test",
    "victim@outside.test@example.test",
    "victim@[192.0.2.9]",
    "victim%outside.test@[127.0.0.1]",
    "victim%outside.test",
]
SENDERS = ["", "stranger@outside.test", ALICE, "postmaster@example.test"]


def session(ip: str, port: int = 25) -> smtplib.SMTP:
    """A session that has said EHLO; on 587 inside TLS."""
    client = smtplib.SMTP(ip, port, local_hostname="client.test", timeout=20)
    if port == 587:
        client.starttls(context=trusting())
    client.ehlo()
    return client


@pytest.mark.parametrize("port", [25, 587])
@pytest.mark.parametrize("sender", SENDERS)
def test_no_form_of_address_is_relayed(server: Server, port: int, sender: str) -> None:
    accepted = []
    for form in FORMS:
        with session(server.ip, port) as client:
            client.docmd("MAIL", f"FROM:<{sender}>")
            code, _ = client.docmd("RCPT", f"TO:<{form}>")
        if code < 400:
            accepted.append(form)
    assert accepted == []


@pytest.mark.parametrize("command", ["VRFY alice", f"VRFY {ALICE}", "EXPN postmaster", "ETRN example.test"])
def test_probes_learn_nothing(server: Server, command: str) -> None:
    with session(server.ip) as client:
        code, text = client.docmd(command)
    assert code >= 500 or (code, command[:4]) == (252, "VRFY")
    assert b"alice" not in text


@pytest.mark.parametrize("command", ["XCLIENT ADDR=127.0.0.1 LOGIN=alice@example.test", "XFORWARD ADDR=127.0.0.1"])
def test_strangers_can_not_claim_another_address(server: Server, command: str) -> None:
    with session(server.ip) as client:
        assert not client.has_extn("XCLIENT")
        assert not client.has_extn("XFORWARD")
        assert client.docmd(command)[0] >= 500


def test_port_25_offers_no_login(server: Server) -> None:
    with session(server.ip) as client:
        assert not client.has_extn("AUTH")
        assert client.docmd("AUTH PLAIN AGEAYg==")[0] == 503


def test_a_failed_login_opens_nothing(server: Server) -> None:
    with session(server.ip, 587) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(ALICE, "wrong")
        client.docmd("MAIL", f"FROM:<{ALICE}>")
        assert client.docmd("RCPT", f"TO:<{OUTSIDE}>")[0] >= 500


def test_a_login_opens_the_way_out(server: Server) -> None:
    with session(server.ip, 587) as client:
        client.login(ALICE, PASSWORD)
        client.mail(ALICE)
        assert client.rcpt(OUTSIDE)[0] == 250


@pytest.mark.parametrize("permit", ["connected-networks", "network", "host"])
def test_gateways_stay_strangers_where_neighbours_are_trusted(lab: Lab, permit: str) -> None:
    trusting_server = lab.mailserver(
        f"permit-{permit}", {"postfix-accounts.cf": accounts(ALICE)}, {"PERMIT_DOCKER": permit}, hostname="mail.x.test"
    )
    mynetworks = trusting_server.run("postconf", "-h", "mynetworks").split()
    assert f"!{lab.net}.1" in mynetworks
    # This test speaks to the container from the host, whose address is the network's gateway.
    with session(trusting_server.ip) as client:
        client.mail("stranger@outside.test")
        assert client.rcpt(OUTSIDE)[0] == 554


def test_a_trusted_neighbour_relays(lab: Lab) -> None:
    hub = lab.mailserver(
        "hub", {"postfix-accounts.cf": accounts(ALICE)}, {"PERMIT_DOCKER": "connected-networks"}, hostname="mail.y.test"
    )
    said = docker(
        *("run", "--rm", "--label", LABEL, "--network", lab.name, "mailwright-test-clients:latest", "swaks"),
        *("--server", hub.ip, "--helo", "app.test", "--from", "app@outside.test", "--to", OUTSIDE),
        *("--quit-after", "RCPT"),
    )
    assert "250 2.1.5 Ok" in said
