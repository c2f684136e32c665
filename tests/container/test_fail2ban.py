"""fail2ban: our log meets its filters, and who is banned gets no connection any more."""

from __future__ import annotations

from functools import partial

import pytest

from tests.container import deployments
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts

ALICE = "alice@example.test"
# docker-mailserver's example with other numbers.
JAIL = deployments.JAIL.replace("findtime = 1w", "findtime = 600").replace("maxretry = 6", "maxretry = 3")
ATTACK = """
import imaplib, poplib, smtplib, socket, ssl, sys, base64
host, what, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
tls = ssl._create_unverified_context()
def imap(): imaplib.IMAP4_SSL(host, 993, ssl_context=tls, timeout=9).login("alice@example.test", "wrong")
def pop3():
    client = poplib.POP3_SSL(host, 995, context=tls, timeout=9)
    client.user("x>, rip=192.0.2.66, lip@example.test"); client.pass_("wrong")
def submission():
    client = smtplib.SMTP(host, 587, timeout=9)
    client.starttls(context=tls); client.login("alice@example.test", "wrong")
def sieve():
    plain = socket.create_connection((host, 4190), 9)
    plain.recv(4096); plain.sendall(b"STARTTLS\\r\\n"); plain.recv(100)
    client = tls.wrap_socket(plain); client.recv(4096)
    word = base64.b64encode(b"\\0alice@example.test\\0wrong")
    client.sendall(b'AUTHENTICATE "PLAIN" "' + word + b'"\\r\\n'); client.recv(100); client.close()
def session():
    client = imaplib.IMAP4_SSL(host, 993, ssl_context=tls, timeout=20)
    for _ in range(3):
        try: client.login("alice@example.test", "wrong")
        except imaplib.IMAP4.error: pass
    client.sock.settimeout(2)  # the ban may cut what follows
    try: client.login("alice@example.test", "secret")
    finally: sys.exit()
def relay(): smtplib.SMTP(host, 25, timeout=9).sendmail("x@outside.test", ["y@elsewhere.test"], "x")
def names(): smtplib.SMTP(host, 25, timeout=9).sendmail("x@outside.test", ["nobody@example.test"], "x")
def early():
    client = socket.create_connection((host, 25), 9)
    client.sendall(b"EHLO x\\r\\nMAIL FROM:<>\\r\\n"); client.recv(100); client.recv(100)
for _ in range(times):
    try: globals()[what]()
    except (OSError, imaplib.IMAP4.error, poplib.error_proto) as error: print(error)
"""
BANNED = """
import socket, sys
try: socket.create_connection((sys.argv[1], 993), 2).close(); print("served")
except OSError: print("banned")
"""


def attacker(lab: Lab, name: str) -> Server:
    """A client with an address of its own."""
    return lab.container(name, image=CLIENTS, command=("sleep", "infinity"))


def attack(client: Server, server: Server, what: str, times: int = 3) -> None:
    """Does ``what`` so many times."""
    client.run("python3", "-c", ATTACK, server.ip, what, str(times))


def is_banned(client: Server, server: Server) -> bool:
    """Whether the server lets nobody in from there."""
    return client.run("python3", "-c", BANNED, server.ip).strip() == "banned"


@pytest.fixture(scope="module")
def state(lab: Lab) -> str:
    """A state that outlives the container."""
    return lab.volume("state")


@pytest.fixture(scope="module")
def server(lab: Lab, state: str) -> Server:
    """A Mailwright that bans."""
    config = {"postfix-accounts.cf": accounts(ALICE), "fail2ban-jail.cf": JAIL}
    env = {"ENABLE_FAIL2BAN": "1", "ENABLE_POP3": "1", "ENABLE_MANAGESIEVE": "1"}
    options = ("--cap-add", "NET_ADMIN", "-v", f"{state}:/var/mail-state")
    server = lab.mailserver("example", config, env, *options)
    until("fail2ban", lambda: "nobody is banned" in server.run("setup", "fail2ban"))
    return server


@pytest.fixture(scope="module")
def innocent(lab: Lab) -> Server:
    """A client that does nothing wrong."""
    return attacker(lab, "innocent")


@pytest.mark.parametrize(
    ("what", "jail"),
    [
        ("imap", "dovecot"),
        ("pop3", "dovecot"),
        ("sieve", "dovecot"),
        ("session", "dovecot"),
        ("submission", "postfix-sasl"),
        ("relay", "postfix"),
        ("names", "postfix"),
        ("early", "postfix"),
    ],
)
def test_each_jail_bans_whoever_does_it_too_often(
    lab: Lab, server: Server, innocent: Server, what: str, jail: str
) -> None:
    guilty = attacker(lab, what)
    attack(guilty, server, what, 2 if what == "submission" else 3)  # a client on 587 tries PLAIN, then LOGIN
    until("no connection", lambda: is_banned(guilty, server))
    rows = [it for it in server.run("setup", "fail2ban").splitlines() if guilty.ip in it]
    assert rows[0].startswith(f"Banned in {jail}: ")
    assert guilty.ip in rows[0].partition(": ")[2].split(", ")
    assert not is_banned(innocent, server)
    rules = server.run("nft", "list", "ruleset")
    assert "drop" in rules
    assert "reject" not in rules
    server.run("setup", "fail2ban", "unban", guilty.ip)
    assert not is_banned(guilty, server)


def test_no_login_name_bans_somebody_else(server: Server) -> None:
    assert "192.0.2.66" not in server.run("setup", "fail2ban")


def test_the_gateway_is_everybody_and_never_banned(lab: Lab, server: Server) -> None:
    for _ in range(3):
        with pytest.raises(Exception, match="AUTHENTICATIONFAILED"):
            server.imap(ALICE, "wrong")
    client = attacker(lab, "after")
    attack(client, server, "imap")
    until("a ban of another", lambda: client.ip in server.run("setup", "fail2ban"))
    assert f'"{lab.net}.1"' not in server.run("setup", "fail2ban", "--json")
    server.imap(ALICE).logout()


def test_by_hand_and_over_a_restart(lab: Lab, server: Server) -> None:
    client = attacker(lab, "by-hand")
    server.run("setup", "fail2ban", "ban", client.ip)
    until("no connection", lambda: is_banned(client, server))
    server.run("supervisorctl", "restart", "fail2ban")
    until("fail2ban", lambda: client.ip in server.run("setup", "fail2ban"))
    assert is_banned(client, server)
    assert f'"ip": "{client.ip}"' in server.run("setup", "fail2ban", "--json")
    assert f"Ban {client.ip}" in server.run("setup", "fail2ban", "log")
    assert "Status for the jail: custom" in server.run("setup", "fail2ban", "status")
    server.run("setup", "fail2ban", "unban", client.ip)
    assert not is_banned(client, server)
    assert "is not banned" in server.run("setup", "fail2ban", "unban", client.ip, check=False)
    assert "is not an IP address" in server.run("setup", "fail2ban", "ban", "x;y", check=False)


def test_a_changed_jail_is_live(server: Server) -> None:
    assert server.config
    (server.config / "fail2ban-jail.cf").write_text("maxretry = 1\n")
    server.sees("fail2ban-jail.cf:1: is not in a section")
    for tries in ("5", "3"):
        (server.config / "fail2ban-jail.cf").write_text(JAIL.replace("3", tries))
        until(f"{tries} tries", partial(has_tries, server, tries))
    server.sees("reloaded fail2ban")


def has_tries(server: Server, tries: str) -> bool:
    return server.run("fail2ban-client", "get", "dovecot", "maxretry", check=False).strip() == tries


def test_without_the_capability_it_says_so(lab: Lab) -> None:
    env = {"ENABLE_FAIL2BAN": "1"}
    server = lab.mailserver("powerless", {"postfix-accounts.cf": accounts("alice@powerless.test")}, env)
    assert "cap_add: [NET_ADMIN]" in server.log()
    assert "fail2ban does not run" in server.run("setup", "fail2ban", check=False)
