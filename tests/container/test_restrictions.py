"""Who may not send, and who may not receive: refused on submission and on port 25, and nobody else is."""

from __future__ import annotations

import smtplib

import pytest

from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, trusting

ALICE, BOB, CAROL, DAVE = (f"{name}@example.test" for name in ("alice", "bob", "carol", "dave"))
OUTSIDE = "somebody@outside.test"
CONFIG = {
    "postfix-accounts.cf": accounts(ALICE, BOB, CAROL, DAVE),
    "postfix-virtual.cf": "team@example.test alice@example.test,bob@example.test\n"
    "muted@example.test bob@example.test\ncarols@example.test carol@example.test\n",
    "postfix-send-access.cf": "Alice@Example.Test\t\tREJECT\nmuted@example.test 554 5.7.1 Muted\n"
    "spammer@outside.test REJECT\n",
    "postfix-receive-access.cf": f"{CAROL} REJECT Takes no mail\n",
    # Logins on port 25, as an operator may want them for old clients.
    "postfix-master.cf": "smtp/inet/smtpd_sasl_auth_enable=yes\nsmtp/inet/smtpd_tls_security_level=may\n",
}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Alice may not send, carol may not receive."""
    return lab.mailserver("example", CONFIG, {"ENABLE_SUBMISSIONS": "1", "SPOOF_PROTECTION": "1"})


def session(ip: str, port: int) -> smtplib.SMTP:
    """A connection, inside TLS on 465."""
    if port == 465:
        return smtplib.SMTP_SSL(ip, port, local_hostname="client.test", timeout=20, context=trusting())
    return smtplib.SMTP(ip, port, local_hostname="client.test", timeout=20)


def answer(server: Server, port: int, sender: str, recipient: str, login: str = "") -> tuple[int, str]:
    """What RCPT TO is answered with."""
    with session(server.ip, port) as client:
        if login:
            if port != 465:
                client.starttls(context=trusting())
            client.login(login, PASSWORD)
        client.ehlo_or_helo_if_needed()
        client.mail(sender)
        code, text = client.rcpt(recipient)
    return code, text.decode()


@pytest.mark.parametrize("port", [25, 465, 587])
@pytest.mark.parametrize("sender", [ALICE, "ALICE@example.test", "alice+shop@example.test", "team@example.test", ""])
@pytest.mark.parametrize("recipient", [OUTSIDE, BOB])
def test_a_login_that_may_not_send_does_not_whatever_the_sender(
    server: Server, port: int, sender: str, recipient: str
) -> None:
    code, text = answer(server, port, sender, recipient, ALICE)
    assert code == 554
    assert "Access denied" in text


@pytest.mark.parametrize("port", [25, 465, 587])
def test_an_alias_that_may_not_send_is_refused_and_its_owner_is_not(server: Server, port: int) -> None:
    assert answer(server, port, "muted@example.test", OUTSIDE, BOB) == (
        554,
        "5.7.1 <muted@example.test>: Sender address rejected: Muted",
    )
    for sender in (BOB, "team@example.test"):
        assert answer(server, port, sender, OUTSIDE, BOB)[0] == 250


def test_other_servers_and_logins_send_as_before(server: Server) -> None:
    assert answer(server, 25, "spammer@outside.test", BOB)[0] == 554
    assert answer(server, 25, "friend@outside.test", BOB)[0] == 250
    assert answer(server, 587, "spammer@outside.test", BOB, DAVE)[0] == 554
    server.receives(BOB, server.submit(DAVE, BOB))


@pytest.mark.parametrize(("port", "login"), [(25, ""), (25, BOB), (465, BOB), (587, BOB)])
@pytest.mark.parametrize("recipient", [CAROL, "CAROL@Example.Test", "carol+shop@example.test", '"carol"@example.test'])
def test_an_address_that_may_not_receive_is_refused_at_rcpt(
    server: Server, port: int, login: str, recipient: str
) -> None:
    code, text = answer(server, port, login or "friend@outside.test", recipient, login)
    assert code == 554
    assert "Takes no mail" in text


def test_who_may_not_send_receives_and_who_may_not_receive_sends(server: Server) -> None:
    server.receives(ALICE, server.deliver("friend@outside.test", ALICE))
    server.receives(DAVE, server.submit(CAROL, DAVE))


def test_mail_reaches_through_an_alias_who_may_not_receive(server: Server) -> None:
    server.receives(CAROL, server.deliver("friend@outside.test", "carols@example.test"))


def test_strangers_are_told_nothing_on_submission(server: Server) -> None:
    answers = {answer(server, 587, "friend@outside.test", it)[1].replace(it, "") for it in (CAROL, BOB, OUTSIDE)}
    assert len(answers) == 1


def test_a_server_without_dovecot_refuses_too(lab: Lab) -> None:
    config = {
        "postfix-virtual.cf": "a@example.test b@example.test\nb@example.test c@outside.test\n",
        "postfix-send-access.cf": "spammer@outside.test DEFER later\n",
        "postfix-receive-access.cf": "a@example.test REJECT\n",
    }
    gate = lab.mailserver("gate", config, {"SMTP_ONLY": "1"}, ready=(25,))
    assert answer(gate, 25, "spammer@outside.test", "b@example.test")[0] == 450
    assert answer(gate, 25, "friend@outside.test", "a@example.test")[0] == 554
    assert answer(gate, 25, "friend@outside.test", "b@example.test")[0] == 250
    assert until("no complaint of postfix", lambda: "fatal" not in gate.log())


def test_setup_restrict_holds_at_once(server: Server) -> None:
    server.run("setup", "email", "restrict", "add", "send", DAVE)
    assert answer(server, 587, DAVE, OUTSIDE, DAVE)[0] == 554
    server.run("setup", "email", "restrict", "del", "send", DAVE)
    assert answer(server, 587, DAVE, OUTSIDE, DAVE)[0] == 250
