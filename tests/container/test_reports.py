"""setup report against a server that got a known mix of mails: each number is exact."""

from __future__ import annotations

import imaplib
import json
import smtplib
from typing import Any

import pytest

from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts, message
from tests.container.sender import hand_over, mail
from tests.container.test_filters import MARKED, REFUSED

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@other.test"
EARLY = """
import socket, sys
client = socket.create_connection((sys.argv[1], 25), 9)
client.sendall(b"EHLO x\\r\\n"); client.recv(100); client.recv(100)
"""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A server that filters and bans, and one to which its users send."""
    other_ip, listed_ip = lab.address(), lab.address()
    reverse = ".".join(reversed(listed_ip.split(".")))
    lab.zone(
        f"host-record=mail.other.test,{other_ip}",
        "mx-host=other.test,mail.other.test,10",
        f"host-record=mail.down.test,{lab.dns}",
        "mx-host=down.test,mail.down.test,10",
        f"host-record={reverse}.bl.test,127.0.0.2",
    )
    lab.mailserver("other", {"postfix-accounts.cf": accounts(CAROL)}, ip=other_ip)
    config = {"postfix-accounts.cf": accounts(ALICE, BOB), "postfix-main.cf": "postscreen_dnsbl_sites = bl.test*9\npostscreen_dnsbl_action = enforce\n"}
    env = {"ENABLE_RSPAMD": "1", "ENABLE_FAIL2BAN": "1"}
    server = lab.mailserver("example", config, env, "--cap-add", "NET_ADMIN")
    until("fail2ban", lambda: "nobody is banned" in server.run("setup", "fail2ban"))
    mix(lab, server, listed_ip)
    return server


def mix(lab: Lab, server: Server, listed_ip: str) -> None:
    """The server has met every kind of mail, login and client afterwards."""
    outside = lab.container("outside", image=CLIENTS, command=("sleep", "infinity"))
    listed = lab.container("listed", image=CLIENTS, command=("sleep", "infinity"), ip=listed_ip)
    dave, erin = "dave@outside.test", "erin@outside.test"
    for text in ("one", "two", "x" * 70 + "\n" + ("y" * 70 + "\n") * 3000):
        assert hand_over(outside, server, mail(dave, ALICE, text), dave, ALICE) == "250"
    assert hand_over(outside, server, mail(erin, BOB, MARKED), erin, BOB) == "250"
    assert hand_over(outside, server, mail(erin, BOB, REFUSED), erin, BOB).startswith("554")
    for _ in range(2):
        assert hand_over(outside, server, mail(erin, "nobody@example.test"), erin, "nobody@example.test").startswith("550")
    assert hand_over(outside, server, mail(erin, "x@elsewhere.test"), erin, "x@elsewhere.test").startswith("554")
    outside.run("python3", "-c", EARLY, server.ip)
    hand_over(listed, server, mail(erin, ALICE), erin, ALICE)
    for recipient in (CAROL, CAROL, "nobody@other.test", "x@down.test", BOB):
        server.submit(ALICE, recipient)
    for login, times in ((ALICE, 2), ("ghost@example.test", 1)):
        for _ in range(times):
            with pytest.raises(imaplib.IMAP4.error):
                server.imap(login, "wrong")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        server.submit(BOB, ALICE, login="ghost@example.test")
    server.run("setup", "fail2ban", "ban", "192.0.2.1")
    server.run("sendmail", "-f", "root@mail.example.test", BOB, text="Subject: local\n\nx\n")


def test_x(server: Server) -> None:
    import time
    time.sleep(8)
    open("/tmp/w/scratch-reports/mail.log", "w").write(server.run("cat", "/var/log/mail/mail.log"))
