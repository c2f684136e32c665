"""Mail that is passed on to a server of others has a sender of ours, and its bounces go to the sender it had (SRS)."""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Iterator

import pytest

from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, accounts
from tests.container.test_two_servers import PLAIN

ALICE, DAVE, CAROL = "alice@ours.test", "dave@origin.test", "carol@plain.test"
ALIASES = (
    f"fwd@ours.test {CAROL}\nboth@ours.test {CAROL},{ALICE}\ndead@ours.test nobody@plain.test\n"
    f"bounced@ours.test {CAROL}\n"
)
SETTINGS = "ENABLE_SRS=1\n"
BOUNCED = re.compile(r" to=<nobody@plain\.test>.* status=bounced")
SIGNED = re.compile(r"Return-Path: <(SRS0=[^>]*=origin\.test=dave@ours\.test)>")
OTHERS = PLAIN.replace("domains = plain.test", "domains = plain.test origin.test").replace(
    "{carol@plain.test=carol/}", "{carol@plain.test=carol/,dave@origin.test=dave/}"
)


@pytest.fixture(scope="module")
def others(lab: Lab) -> Server:
    """mx.plain.test, with carol@plain.test and dave@origin.test: a Postfix that somebody else set up."""
    ip, ours = lab.address(), f"{lab.net}.100"
    hosts = {"mx.plain.test": ip, "relay.test": ip, "mail.ours.test": ours}
    domains = {"plain.test": "mx.plain.test", "origin.test": "mx.plain.test", "ours.test": "mail.ours.test"}
    lab.zone(
        *(f"host-record={name},{it}" for name, it in hosts.items()),
        *(f"mx-host={name},{host},10" for name, host in domains.items()),
    )
    server = lab.container("plain", "--hostname", "mx.plain.test", image=CLIENTS, command=("sh", "-c", OTHERS), ip=ip)
    server.wait_ready(25)
    return server


@pytest.fixture(scope="module")
def ours(lab: Lab, others: Server) -> Server:
    """mail.ours.test with SRS; its secret lies in its state."""
    config = {
        "postfix-accounts.cf": accounts(ALICE, "sieve@ours.test"),
        "postfix-virtual.cf": ALIASES,
        "sieve@ours.test.dovecot.sieve": f'redirect "{CAROL}";\n',
        "mailserver.env": SETTINGS,
    }
    state = lab.volume("srs-state")
    return lab.mailserver("ours", config, {}, "-v", f"{state}:/var/mail-state", ip=f"{lab.net}.100")


def mail_of(others: Server, user: str, marker: str, seconds: float = 40.0) -> str:
    """The mail with ``marker`` that has come to ``user`` of the other server, waited for."""
    look = f"grep -s -l -F -e '{marker}' /var/mail/{user}/new/* | head -n 1 | xargs -r cat"
    return until(f"{marker} for {user}", lambda: others.run("sh", "-c", look, check=False), seconds)


def signed(ours: Server, others: Server, alias: str = "fwd@ours.test") -> str:
    """The sender under which a mail of dave's to ``alias`` has come to carol."""
    match = SIGNED.match(mail_of(others, "carol", ours.deliver(DAVE, alias)))
    assert match
    return match[1]


def answer(server: Server, recipient: str, sender: str = "") -> int:
    """What the server says to a stranger's RCPT TO."""
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=30) as client:
        client.ehlo()
        client.mail(sender)
        return client.rcpt(recipient)[0]


def bounce(others: Server, recipient: str, marker: str) -> None:
    """The other server sends a bounce to ``recipient``."""
    text = f"From: MAILER-DAEMON@plain.test\nTo: {recipient}\nSubject: undelivered\nX-Marker: {marker}\n\nsorry\n"
    others.run("sendmail", "-f", "", recipient, text=text)


def configure(server: Server, text: str) -> None:
    """The settings go live soon afterwards."""
    assert server.config
    server.config.joinpath("mailserver.env").write_text(text)


@pytest.fixture
def own_settings(ours: Server, others: Server) -> Iterator[None]:
    """The test changes the settings; afterwards those of all are live again."""
    main_cf = ours.run("cat", "/etc/postfix/main.cf")
    yield
    configure(ours, SETTINGS)
    until("the settings of all", lambda: ours.run("cat", "/etc/postfix/main.cf") == main_cf)
    until("mail by them", lambda: comes(ours, others, "<SRS0=", "dave@origin"))


def test_what_leaves_is_signed_and_what_stays_is_not(ours: Server, others: Server) -> None:
    sent = ours.deliver(DAVE, "both@ours.test")
    there = mail_of(others, "carol", sent)
    assert SIGNED.match(there)
    assert f"From: {DAVE}" in there
    assert f"Return-Path: <{DAVE}>" in ours.receives(ALICE, sent)


def test_what_a_sieve_script_redirects_is_signed(ours: Server, others: Server) -> None:
    assert SIGNED.match(mail_of(others, "carol", ours.deliver(DAVE, "sieve@ours.test")))


def test_a_bounce_finds_the_sender(ours: Server, others: Server) -> None:
    bounce(others, signed(ours, others, "bounced@ours.test"), "marker-bounce")
    assert "Return-Path: <>" in mail_of(others, "dave", "marker-bounce")


def test_what_the_other_refuses_is_told_to_the_sender_once(ours: Server, others: Server) -> None:
    sent = ours.deliver(DAVE, "dead@ours.test")
    told = mail_of(others, "dave", sent)
    assert "Return-Path: <>" in told
    assert "User unknown" in told
    until("an empty queue", lambda: "is empty" in ours.run("postqueue", "-p"))
    assert len([line for line in ours.log().splitlines() if BOUNCED.search(line)]) == 1


def test_the_signature_is_checked(ours: Server, others: Server) -> None:
    address = signed(ours, others)
    assert answer(ours, address) == 250
    head, hash_, rest = address.split("=", 2)
    assert answer(ours, f"{head}={'AAAA' if hash_ != 'AAAA' else 'BBBB'}={rest}") == 550
    assert answer(ours, address.replace("=dave@", "=eve@")) == 550
    assert answer(ours, address.lower()) == 250, "a server that lowers the letters can't bounce"


def test_users_mail_is_not_signed(ours: Server, others: Server) -> None:
    there = mail_of(others, "carol", ours.submit(ALICE, CAROL))
    assert f"Return-Path: <{ALICE}>" in there
    assert "Return-Path: <fwd@new.test>" in added_domain(ours, others)


def added_domain(ours: Server, others: Server) -> str:
    """A mail from an address in a domain that has just become ours, as it left."""
    assert ours.config
    ours.config.joinpath("postfix-virtual.cf").write_text(f"{ALIASES}fwd@new.test {ALICE}\n")
    until("the new domain", lambda: answer(ours, "fwd@new.test", DAVE) == 250)
    return mail_of(others, "carol", ours.submit("fwd@new.test", CAROL, login=ALICE))


def test_without_postsrsd_mail_waits_and_what_stays_does_not(ours: Server, others: Server) -> None:
    address = signed(ours, others)
    control = ("supervisorctl", "-c", "/etc/supervisor/supervisord.conf")
    ours.run(*control, "stop", "postsrsd")
    try:
        waiting = ours.deliver(DAVE, "both@ours.test")
        ours.receives(ALICE, waiting)
        until("the mail in the queue", lambda: "4.3.0" in ours.run("postqueue", "-p"))
        assert 400 <= answer(ours, address) < 500
        ours.receives(ALICE, ours.deliver(DAVE, ALICE))
    finally:
        ours.run(*control, "start", "postsrsd")
    arrived = until("the mail", lambda: ours.run("postqueue", "-f") or mail_of(others, "carol", waiting, seconds=1))
    assert SIGNED.match(arrived)


def test_nobody_outside_reaches_it(ours: Server) -> None:
    for port in (10001, 10002, 10003):
        with pytest.raises(ConnectionRefusedError), socket.create_connection((ours.ip, port), 5):
            pass


@pytest.mark.usefixtures("own_settings")
def test_an_old_secret_is_accepted_until_it_is_taken_out(ours: Server, others: Server) -> None:
    own = signed(ours, others)
    configure(ours, "ENABLE_SRS=1\nSRS_SECRET=first-secret\n")
    until("the new secret", lambda: answer(ours, own) == 550)
    first = signed(ours, others)
    configure(ours, "ENABLE_SRS=1\nSRS_SECRET=second-secret,first-secret\n")
    until("another signature", lambda: signed(ours, others) != first)
    assert answer(ours, first) == 250
    configure(ours, "ENABLE_SRS=1\nSRS_SECRET=second-secret\n")
    until("the old secret gone", lambda: answer(ours, first) == 550)
    configure(ours, "ENABLE_SRS=1\n")
    until("the secret of the state", lambda: answer(ours, own) == 250)
    assert "first-secret" not in ours.log()


@pytest.mark.usefixtures("own_settings")
@pytest.mark.parametrize(
    ("classes", "envelope"), [("envelope_sender,header_sender", "<SRS0="), ("header_sender", f"<{DAVE}>")]
)
def test_headers_can_be_signed_too_or_alone(ours: Server, others: Server, classes: str, envelope: str) -> None:
    configure(ours, f"ENABLE_SRS=1\nSRS_SENDER_CLASSES={classes}\n")
    option = f"sender_canonical_classes={classes}\n"
    until(classes, lambda: option in ours.run("cat", "/etc/postfix/master.cf"))
    until("mail by it", lambda: comes(ours, others, envelope, "SRS0="))


def comes(ours: Server, others: Server, envelope: str, header: str) -> bool:
    """Whether a mail of dave's comes from senders that begin with ``envelope`` and, in its ``From``, ``header``."""
    # A mail that meets a reload may wait for minutes: then another one is sent.
    there = mail_of(others, "carol", ours.deliver(DAVE, "fwd@ours.test"), seconds=5)
    return f"\nReturn-Path: {envelope}" in f"\n{there}" and f"\nFrom: {header}" in there


@pytest.mark.usefixtures("own_settings")
def test_signed_mail_goes_through_the_relay_host(ours: Server, others: Server) -> None:
    configure(ours, "ENABLE_SRS=1\nDEFAULT_RELAY_HOST=[relay.test]:25\n")
    until("the relay host", lambda: "relay.test" in ours.run("postconf", "-h", "relayhost"))
    # The first mails may go out before Postfix has reloaded.
    until("a mail through it", lambda: signed(ours, others) and "relay=relay.test[" in ours.log())
    assert "postfix/smtp[" in ours.sees("relay=relay.test[")


def test_the_secret_outlives_the_container(lab: Lab, ours: Server, others: Server) -> None:
    address = signed(ours, others)
    ours.stop()
    config = {"postfix-accounts.cf": accounts(ALICE), "postfix-virtual.cf": ALIASES}
    state = f"{lab.name}-srs-state:/var/mail-state"
    again = lab.mailserver("again", config, {"ENABLE_SRS": "1"}, "-v", state, hostname="mail.ours.test")
    assert answer(again, address) == 250
    assert again.run("stat", "-c", "%a %U", "/var/mail-state/lib-postsrsd/secret").strip() == "600 root"
    lab.forget(again)
    docker("start", ours.name)
    ours.wait_ready(25, 587, 993)
