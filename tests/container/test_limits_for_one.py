"""Limits for one address hold for strangers, and neither for a gateway, which many share, nor for loopback."""

from __future__ import annotations

import smtplib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS
from tests.container.lab import PASSWORD, Lab, Server, accounts, trusting

# Prints the code of each greeting, or of each login's answer; connections stay open till the end.
MANY = """
import smtplib, ssl, sys
host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
context, held = ssl._create_unverified_context(), []
for _ in range(count):
    client = smtplib.SMTP(timeout=20)
    client._host = host  # connect() alone leaves starttls() without a name
    code = client.connect(host, port)[0]
    if port == 587 and code == 220:
        client.starttls(context=context)
        try:
            code = client.login("alice@example.test", sys.argv[4])[0]
        except smtplib.SMTPAuthenticationError as refusal:
            code = refusal.smtp_code
        client.close()
    held.append(client)
    print(code)
"""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Three logins a minute, so that a test can meet the limit."""
    override = "submission/inet/smtpd_client_auth_rate_limit=3\n"
    return lab.mailserver("limits", {"postfix-accounts.cf": accounts(ALICE, BOB), "postfix-master.cf": override})


@pytest.fixture(scope="module")
def client(lab: Lab) -> Server:
    """A machine with an address of its own."""
    return lab.container("client", image=CLIENTS, command=("sleep", "infinity"))


def test_connections_at_once(server: Server, client: Server) -> None:
    codes = client.run("python3", "-c", MANY, server.ip, "25", "35").split()
    assert codes == ["220"] * 30 + ["421"] * 5


def test_a_burst_through_the_gateway(server: Server) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(100) as pool:  # this test's own address is the gateway's
        clients = list(pool.map(lambda _: smtplib.SMTP(server.ip, 25, timeout=20), range(100)))
        assert [stack.enter_context(it).noop()[0] for it in clients] == [250] * 100


def test_logins_a_minute(server: Server, client: Server) -> None:
    codes = client.run("python3", "-c", MANY, server.ip, "587", "5", PASSWORD).split()
    assert codes == ["235"] * 3 + ["450"] * 2
    server.sees("AUTH command rate")
    for _ in range(5):
        with smtplib.SMTP(server.ip, 587, timeout=20) as gateway:
            gateway.starttls(context=trusting())
            assert gateway.login(ALICE, PASSWORD)[0] == 235


def test_a_client_that_is_let_through(lab: Lab) -> None:
    """As docs/how-to/keep-abuse-out.md says."""
    friend = f"{lab.net}.77"
    access = f"postscreen_access_list = permit_mynetworks, inline:{{{friend}=permit}}, "
    config = {
        "postfix-accounts.cf": accounts(ALICE),
        "postfix-main.cf": f"{access}cidr:/etc/postfix/postscreen_access\n",
    }
    server = lab.mailserver("friend", config)
    client = lab.container("friends", image=CLIENTS, command=("sleep", "infinity"), ip=friend)
    assert client.run("python3", "-c", MANY, server.ip, "25", "1").split() == ["220"]
    server.sees(f"ALLOWLISTED [{friend}]")
