"""Mail between servers: two Mailwrights and a plain Postfix, found through MX records (scenarios A and B)."""

from __future__ import annotations

import pytest

from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, accounts, message

PLAIN = """
postconf -e 'myhostname = mx.plain.test' 'mydestination =' 'virtual_mailbox_domains = plain.test' 'mynetworks =' \
  'virtual_mailbox_maps = inline:{carol@plain.test=carol/}' 'virtual_mailbox_base = /var/mail' \
  'virtual_uid_maps = static:1000' 'virtual_gid_maps = static:1000' 'maillog_file = /dev/stdout' \
  'inet_protocols = ipv4' 'smtpd_relay_restrictions = reject_unauth_destination' 'home_mailbox =' 'smtputf8_enable = no'
chown 1000:1000 /var/mail
exec postfix start-fg
"""


@pytest.fixture(scope="module")
def addresses(lab: Lab) -> dict[str, str]:
    """Host names and their addresses, known to DNS."""
    addresses = {name: lab.address() for name in ("mail.one.test", "mail.two.test", "mx.plain.test")}
    records = [f"host-record={name},{ip}" for name, ip in addresses.items()]
    records += [f"mx-host={name.split('.', 1)[1]},{name},10" for name in addresses]
    lab.zone(*records, "mx-host=three.test,mail.one.test,10")
    return addresses


@pytest.fixture(scope="module")
def one(lab: Lab, addresses: dict[str, str]) -> Server:
    """mail.one.test, for one.test."""
    return lab.mailserver("one", {"postfix-accounts.cf": accounts("alice@one.test")}, {}, ip=addresses["mail.one.test"])


@pytest.fixture(scope="module")
def two(lab: Lab, addresses: dict[str, str]) -> Server:
    """mail.two.test, for two.test; offers STARTTLS to other servers."""
    config = {"postfix-accounts.cf": accounts("bob@two.test"), "postfix-virtual.cf": "info@two.test bob@two.test\n"}
    ip = addresses["mail.two.test"]
    return lab.mailserver("two", config, {"SMTPD_TLS_SECURITY_LEVEL": "may"}, ip=ip)


@pytest.fixture(scope="module")
def plain(lab: Lab, addresses: dict[str, str]) -> Server:
    """mx.plain.test: a Postfix that somebody else set up."""
    ip = addresses["mx.plain.test"]
    server = lab.container("plain", "--hostname", "mx.plain.test", image=CLIENTS, command=("sh", "-c", PLAIN), ip=ip)
    server.wait_ready(25)
    return server


def test_scenario_b_and_a_between_two_mailwrights(one: Server, two: Server) -> None:
    there = two.receives("bob@two.test", one.submit("alice@one.test", "info@two.test"))
    assert "from mail.one.test" in there
    one.receives("alice@one.test", two.submit("bob@two.test", "alice@one.test"))


def test_transfer_is_encrypted_where_the_other_offers_it(one: Server, two: Server) -> None:
    mail = two.receives("bob@two.test", one.submit("alice@one.test", "bob@two.test"))
    assert "by mail.two.test (Postfix) with ESMTPS" in mail
    assert "TLS connection established to mail.two.test" in one.log()


def test_scenario_b_to_a_server_of_others(one: Server, plain: Server) -> None:
    mail = message("alice@one.test", "carol@plain.test", text="Grüße\n" + "x" * 900 + "\n")
    mail["User-Agent"], mail["X-Originating-IP"] = "SecretClient/1.0", "10.9.8.7"
    one.submit("alice@one.test", "carol@plain.test", mail)
    there = until("the mail at plain.test", lambda: plain.run("sh", "-c", "cat /var/mail/carol/new/*"))
    assert "Subject: hello" in there
    assert "SecretClient" not in there
    assert "10.9.8.7" not in there
    assert "from client.test" not in there, "the user's own address is told to the world"
    assert there.count("Received:") == 2, "loops are found by the hops"


def test_scenario_a_from_a_server_of_others(one: Server, plain: Server) -> None:
    text = "From: carol@plain.test\nTo: alice@one.test\nMessage-ID: <a1@plain.test>\nSubject: a\n\nhello\n"
    plain.run("sendmail", "-f", "carol@plain.test", "alice@one.test", text=text)
    one.receives("alice@one.test", "<a1@plain.test>")


def test_what_the_other_refuses_comes_back(one: Server, plain: Server) -> None:
    one.submit("alice@one.test", "nobody@plain.test", message("alice@one.test", "nobody@plain.test", "to nobody"))
    bounce = until(
        "the bounce",
        lambda: next((mail for mail in one.mails("alice@one.test") if "MAILER-DAEMON" in mail), ""),
    )
    assert "nobody@plain.test" in bounce
    assert "User unknown" in bounce


def test_mail_that_can_not_go_out_outlives_the_container(lab: Lab, one: Server, two: Server) -> None:
    state = lab.volume("queue-state")
    config = {"postfix-accounts.cf": accounts("dave@three.test")}
    first = lab.mailserver("three", config, {}, "-v", f"{state}:/var/mail-state")
    docker("stop", two.name)
    try:
        sent = first.submit("dave@three.test", "bob@two.test")
        until("the mail in the queue", lambda: "bob@two.test" in first.run("postqueue", "-p"))
        lab.forget(first)
    finally:
        docker("start", two.name)
        two.wait_ready(25, 993)
    second = lab.mailserver("three-again", config, {}, "-v", f"{state}:/var/mail-state", hostname="mail.three.test")
    two.receives("bob@two.test", sent, queue=second)
    until("an empty queue", lambda: "is empty" in second.run("postqueue", "-p"))
