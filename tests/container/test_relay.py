"""Port 25 takes mail for our domains only; nobody relays without a login (the matrix of refusals)."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import CLIENTS, LABEL, docker
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


def test_submission_tells_a_stranger_of_no_mailbox(server: Server) -> None:
    answers = set()
    for recipient in (ALICE, "nobody@example.test", OUTSIDE):
        with session(server.ip, 587) as client:
            client.mail(ALICE)
            code, text = client.rcpt(recipient)
        answers.add((code, text.replace(recipient.encode(), b"")))
    assert [code for code, _ in answers] == [554]


def asked(host: str, port: int) -> int:
    """What a stranger's mail for the outside is answered with."""
    with smtplib.SMTP(host, port, local_hostname="client.test", timeout=20) as client:
        client.ehlo()
        client.mail("stranger@outside.test")
        return client.rcpt(OUTSIDE)[0]


def asked_by_neighbour(lab: Lab, server: Server) -> str:
    """The same from another container of the network, by swaks."""
    return docker(
        *("run", "--rm", "--label", LABEL, "--network", lab.on.name, CLIENTS, "swaks", "--server", server.ip),
        *("--helo", "app.test", "--from", "app@outside.test", "--to", OUTSIDE, "--quit-after", "RCPT"),
        check=False,
    )


@pytest.fixture(scope="module")
def lab_172() -> Iterator[Lab]:
    """A network in the block that PERMIT_DOCKER=network means."""
    lab = Lab()
    try:
        lab.open(("172", 16, 31))
        yield lab
    finally:
        lab.close()


@pytest.mark.parametrize(
    ("permit", "neighbour"),
    [("none", False), ("container", False), ("host", True), ("network", True), ("connected-networks", True)],
)
def test_the_world_stays_a_stranger_whatever_neighbour_is_trusted(lab_172: Lab, permit: str, neighbour: bool) -> None:
    config, env = {"postfix-accounts.cf": accounts(ALICE)}, {"PERMIT_DOCKER": permit}
    hub = lab_172.mailserver(permit, config, env, "-p", "127.0.0.1::25", hostname="mail.x.test")
    # The host speaks from the network's gateway, and so does the world behind Docker's proxy.
    assert asked(hub.ip, 25) == 554
    assert asked("127.0.0.1", int(docker("port", hub.name, "25/tcp").rpartition(":")[2])) == 554
    said = asked_by_neighbour(lab_172, hub)
    assert ("250 2.1.5 Ok" if neighbour else "554 5.7.1") in said
