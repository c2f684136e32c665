"""Which addresses are ours, and where their mail goes."""

from __future__ import annotations

import smtplib

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS
from tests.container.lab import PASSWORD, Lab, Server, accounts, message

ODD = "o.brien.x_y-z=1~2&3@example.test"
CATCH = "carol@catch.test"
FILES = {
    "postfix-accounts.cf": accounts(ALICE, BOB, ODD, CATCH, "dan@catch.test", "erin@mail.addresses.test"),
    "postfix-virtual.cf": "team@example.test alice@example.test,bob@example.test\n"
    "all@example.test team@example.test\n@catch.test carol@catch.test\n@old.test @example.test\n"
    "o'brien@example.test alice@example.test\n",
    "postfix-regexp.cf": "/^(alice.*|team.*|bob.*|o'brien.*|test-[0-9]+)@example\\.test$/ bob@example.test\n",
    "postfix-aliases.cf": "# local\nabuse: bob@example.test\n",
}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Every kind of alias; the host's own name is a mail domain too."""
    return lab.mailserver("addresses", FILES, {"POSTMASTER_ADDRESS": BOB, "POSTFIX_MESSAGE_SIZE_LIMIT": "20k"})


@pytest.mark.parametrize(
    ("address", "mailboxes"),
    [
        ("team@example.test", (ALICE, BOB)),
        ("all@example.test", (ALICE, BOB)),
        ("team+x@example.test", (ALICE, BOB)),
        ("o'brien+x@example.test", (ALICE,)),
        ("ALICE@EXAMPLE.TEST", (ALICE,)),
        ("anybody@catch.test", (CATCH,)),
        ("dan@catch.test", ("dan@catch.test",)),
        ("alice@old.test", (ALICE,)),
        ("team@old.test", (ALICE, BOB)),
        ("test-7@example.test", (BOB,)),
        ("alice+tag@example.test", (ALICE,)),
        (ALICE, (ALICE,)),
        (ODD, (ODD,)),
        ("o'brien@example.test", (ALICE,)),
        ("postmaster@example.test", (BOB,)),
        ("postmaster@catch.test", (BOB,)),
        ("postmaster@mail.addresses.test", (BOB,)),
        ("erin@mail.addresses.test", ("erin@mail.addresses.test",)),
    ],
)
def test_mail_reaches(server: Server, address: str, mailboxes: tuple[str, ...]) -> None:
    message_id = server.deliver("someone@outside.test", address)
    for mailbox in mailboxes:
        server.receives(mailbox, message_id)
    others = {ALICE, BOB, CATCH, ODD} - set(mailboxes)
    assert not any(message_id in mail for other in others for mail in server.mails(other))


@pytest.mark.parametrize("address", ["nobody@example.test", "nobody@old.test", "nobody@mail.addresses.test"])
def test_unknown_recipients_are_refused_at_once(server: Server, address: str) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="User unknown"):
        server.deliver("someone@outside.test", address)


def test_local_mail_of_the_container_reaches_postmaster(lab: Lab) -> None:
    files = {"postfix-accounts.cf": accounts(ALICE, BOB), "postfix-aliases.cf": "abuse: bob@example.test\n"}
    server = lab.mailserver("local", files, {"POSTMASTER_ADDRESS": ALICE})
    for number, (name, mailbox) in enumerate(
        {"root": ALICE, "postmaster": ALICE, "abuse": BOB, "postmaster@mail.local.test": ALICE}.items()
    ):
        server.run("sendmail", f"{name}", text=f"Subject: x\nMessage-ID: <local{number}@x.test>\n\nreport\n")
        server.receives(mailbox, f"<local{number}@x.test>")


def test_an_alias_owner_sends_from_its_sub_addresses(server: Server) -> None:
    server.receives(BOB, server.submit("o'brien+x@example.test", BOB, login=ALICE))
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="not owned by user"):
        server.submit("o'brien+x@example.test", ALICE, login=BOB)


def test_size_limit_is_told_and_kept(server: Server) -> None:
    big = message("someone@outside.test", ALICE, text=("x" * 70 + "\n") * 400)
    with pytest.raises(smtplib.SMTPSenderRefused, match="size"):
        server.deliver("someone@outside.test", ALICE, big)
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=20) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == str(20 * 1024)
        client.mail("someone@outside.test")
        client.rcpt(ALICE)
        code, _ = client.data(big.as_bytes())
        assert code in (552, 523)


def test_login_with_an_odd_name_and_in_capitals(server: Server) -> None:
    server.imap(ODD).logout()
    server.imap("Alice@Example.TEST").logout()


@pytest.mark.parametrize("form", ["sdbox", "mdbox"])
def test_other_mailbox_formats(lab: Lab, form: str) -> None:
    server = lab.mailserver(form, {"postfix-accounts.cf": accounts(ALICE)}, {"DOVECOT_MAILBOX_FORMAT": form})
    server.receives(ALICE, server.submit(ALICE, ALICE))
    assert "dbox" in server.run("find", "/var/mail")


def test_another_mda_takes_the_mail(lab: Lab) -> None:
    listener = "service lmtp {\n  inet_listener lmtp {\n    port = 24\n  }\n}\n"
    files = {"postfix-accounts.cf": accounts(ALICE, BOB)}
    backend = lab.mailserver("backend", {**files, "dovecot.cf": listener})
    front = lab.mailserver("front", files, {"POSTFIX_DAGENT": f"lmtp:inet:{backend.ip}:24"})
    backend.receives(BOB, front.submit(ALICE, BOB))


def test_without_dovecot_it_relays_for_trusted_neighbours_only(lab: Lab) -> None:
    env = {"SMTP_ONLY": "1", "PERMIT_DOCKER": "connected-networks"}
    hub = lab.mailserver("hub", {"postfix-accounts.cf": accounts(ALICE)}, env, ready=(25,))
    for port in (587, 143, 993):
        with pytest.raises(ConnectionRefusedError):
            hub.greets(port)
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="Relay access denied"):
        hub.deliver("x@outside.test", "y@outside.test")
    assert hub.run("python3", "-m", "mailwright.programs.health").strip() == "healthy"
    neighbour = lab.container("neighbour", image=CLIENTS, command=("sleep", "infinity"))
    said = neighbour.run(
        "swaks", "--server", hub.ip, "--helo", "a.test", "--from", "x@outside.test", "--to", "y@outside.test"
    )
    assert "queued as" in said


@pytest.mark.parametrize(
    ("env", "shut", "open_"),
    [
        ({}, (465, 110, 995), (25, 587, 143, 993)),
        ({"ENABLE_SUBMISSIONS": "1", "ENABLE_SUBMISSION": "0"}, (587,), (465,)),
        ({"ENABLE_IMAP": "no", "ENABLE_POP3": "yes"}, (143, 993), (110, 995)),
    ],
)
def test_doors(lab: Lab, env: dict[str, str], shut: tuple[int, ...], open_: tuple[int, ...]) -> None:
    config = {"postfix-accounts.cf": accounts(ALICE)}
    server = lab.mailserver(f"doors{open_[0]}", config, {**env, "POSTFIX_INET_PROTOCOLS": "ipv4"}, ready=open_)
    for port in shut:
        with pytest.raises(ConnectionRefusedError):
            server.greets(port)
    listening = server.run("cat", "/proc/net/tcp6")
    assert "00000000000000000000000000000000:0019" not in listening, "port 25 listens on IPv6"
    assert PASSWORD not in server.log()
