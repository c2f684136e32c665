"""Port 25 looks at strangers first: who talks before the greeting, or is on block lists, gets what is set."""

from __future__ import annotations

import json

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, accounts

# Prints the greeting's seconds and the answers to a mail's commands. An early client says hello before it is greeted.
TALK = """
import json, socket, sys, time
host, early, *commands = sys.argv[1:]
begun = time.monotonic()
connection = socket.create_connection((host, 25), 20)
answers = connection.makefile("rb")
def answer():
    while (line := answers.readline().decode().strip())[3:4] == "-":
        pass
    return line
if early == "early":
    connection.sendall(b"EHLO early.test\\r\\n")
told = [answer()]
waited = time.monotonic() - begun
if early == "early" and told[0][:3] == "220":
    told.append(answer())  # to what was said before
for command in commands:
    try:
        connection.sendall(command.encode() + b"\\r\\n")
        told.append(answer())
    except OSError:
        break
print(json.dumps([waited, told]))
"""
MAIL = ("EHLO client.test", "MAIL FROM:<someone@outside.test>", f"RCPT TO:<{BOB}>", "QUIT")
GREET_TEST = {"POSTSCREEN_GREET_TEST": "1"}
CONFIG = {"postfix-accounts.cf": accounts(ALICE, BOB)}


def stranger(lab: Lab, name: str, ip: str = "") -> Server:
    """A client with an address of its own, on no network of ours."""
    return lab.container(name, image=CLIENTS, command=("sleep", "infinity"), ip=ip)


def talks(client: Server, server: Server, *commands: str, early: bool = False) -> tuple[float, list[str]]:
    """After how many seconds the client is greeted, and the greeting's and each answer's last line."""
    said = client.run("python3", "-c", TALK, server.ip, "early" if early else "polite", *(commands or MAIL))
    waited, answers = json.loads(said)
    return waited, answers


def codes(answers: list[str]) -> list[str]:
    """The codes of answers."""
    return [it[:3] for it in answers if it]


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Port 25 with the test of the greeting, and what an operator says of smtp/inet."""
    override = "smtp/inet/smtpd_tls_security_level=may\nsmtp/inet/smtpd_sasl_auth_enable=yes\n"
    return lab.mailserver("door", {**CONFIG, "postfix-master.cf": override}, GREET_TEST)


@pytest.fixture(scope="module")
def listing(lab: Lab) -> Server:
    """Asks block lists, which the lab's DNS server answers for."""
    client = lab.net.split(".")
    turned = ".".join(reversed(client))
    lab.zone(
        f"host-record=231.{turned}.zen.spamhaus.org,127.0.0.2",
        f"host-record=236.{turned}.zen.spamhaus.org,127.0.0.2",
        f"host-record=232.{turned}.bl.spamcop.net,127.0.0.2",
        f"host-record=233.{turned}.zen.spamhaus.org,127.255.255.254",
        f"host-record=234.{turned}.bl.spamcop.net,127.0.0.2",
        f"host-record=234.{turned}.psbl.surriel.com,127.0.0.2",
        f"host-record=235.{turned}.zen.spamhaus.org,127.0.0.2",
        f"host-record=235.{turned}.list.dnswl.org,127.0.5.2",
    )
    return lab.mailserver("listing", CONFIG, {"ENABLE_DNSBL": "1"})


def test_by_default_nobody_waits_and_who_does_not_listen_is_refused(lab: Lab) -> None:
    server = lab.mailserver("open", CONFIG)
    client = stranger(lab, "first")
    assert talks(client, server)[1][0].startswith("220")
    assert server.run("postconf", "-h", "postscreen_greet_banner").strip() == ""
    server.sees(f"CONNECT from [{client.ip}]")
    assert f"PASS NEW [{client.ip}]" not in server.log()
    shouts = TALK.replace("EHLO early.test", "EHLO early.test\\r\\nMAIL FROM:<a@outside.test>\\r\\nQUIT")
    told = client.run("python3", "-c", shouts, server.ip, "early")
    assert "synchronization" in told, told
    server.sees("improper command pipelining after EHLO")


def test_a_new_client_waits_once(lab: Lab, server: Server) -> None:
    client = stranger(lab, "polite")
    waits = []
    for _ in range(3):
        waited, answers = talks(client, server)
        assert codes(answers) == ["220", "250", "250", "250", "221"]
        waits.append(waited)
    print("seconds to the greeting, first to third visit:", [round(it, 3) for it in waits])
    server.sees(f"PASS NEW [{client.ip}]")
    assert f"PASS OLD [{client.ip}]" in server.log()
    assert max(waits[1:]) < waits[0] / 2


def test_known_clients_stay_known(lab: Lab, server: Server) -> None:
    client = stranger(lab, "regular")
    talks(client, server)
    server.run("/usr/lib/mailwright/postfix-reload")
    assert talks(client, server)[0] < 0.5
    docker("restart", "-t", "30", server.name)
    server.wait_ready(25)
    talks(client, server)
    until("two visits of a known client", lambda: server.log().count(f"PASS OLD [{client.ip}]") == 2)


def test_whoever_talks_first_is_refused(lab: Lab, server: Server) -> None:
    client = stranger(lab, "hasty")
    _, answers = talks(client, server, early=True)
    assert codes(answers)[2:] == ["250", "550", "221"], answers
    assert f"from [{client.ip}]" in server.sees("PREGREET 17 after")
    server.sees(f"NOQUEUE: reject: RCPT from [{client.ip}]")
    assert "from=<someone@outside.test>, to=<bob@example.test>" in server.sees("NOQUEUE: reject: RCPT")
    # It is no more known than before.
    assert codes(talks(client, server, early=True)[1])[3] == "550"


def test_overrides_of_port_25_reach_smtpd(lab: Lab, server: Server) -> None:
    options = server.run("postconf", "-P")
    assert "smtpd/pass/smtpd_tls_security_level = may" in options
    client = stranger(lab, "tls")
    command = f"openssl s_client -starttls smtp -connect {server.ip}:25 -quiet -crlf"
    said = client.run("sh", "-c", f"(sleep 1.5; echo EHLO client.test; sleep 0.5; echo QUIT) | {command}", check=False)
    assert "250-AUTH PLAIN LOGIN" in said, said


def test_who_is_not_looked_at(server: Server) -> None:
    # This test's own address is the gateway's, as everybody's behind Docker's proxy; the health check is on loopback.
    server.deliver("someone@outside.test", BOB)
    gateway = server.sees("ALLOWLISTED [")
    assert f"ALLOWLISTED [{server.ip.rpartition('.')[0]}.1]" in gateway
    assert server.run("python3", "-m", "mailwright.programs.health").startswith("healthy")
    assert "[127.0.0.1]" not in server.log()


def test_drop(lab: Lab) -> None:
    server = lab.mailserver("drop", CONFIG, {"POSTSCREEN_ACTION": "drop", **GREET_TEST})
    client = stranger(lab, "dropped")
    waited, answers = talks(client, server, early=True)
    assert codes(answers) == ["521"], answers
    assert waited < 0.5
    assert f"from [{client.ip}]" in server.sees("PREGREET 17 after")


def test_ignore(lab: Lab, listing: Server) -> None:
    server = lab.mailserver("ignore", CONFIG, {"POSTSCREEN_ACTION": "ignore", "ENABLE_DNSBL": "1"})
    client, listed = stranger(lab, "ignored"), stranger(lab, "ignored-listed", f"{lab.net}.236")
    assert codes(talks(client, server, *MAIL[1:], early=True)[1]) == ["220", "250", "250", "250", "221"]
    assert f"from [{client.ip}]" in server.sees("PREGREET 17 after")
    assert codes(talks(listed, server)[1]) == ["220", "250", "250", "250", "221"]
    server.sees(f"DNSBL rank 3 for [{listed.ip}]")
    assert "NOQUEUE: reject" not in server.log()


@pytest.mark.parametrize(
    ("host", "why", "code"),
    [
        (230, "on no list", "250"),
        (231, "on zen", "550"),
        (232, "on one list with little weight", "250"),
        (233, "zen refuses the resolver", "250"),
        (234, "on two lists with little weight", "550"),
        (235, "on zen, and trusted by dnswl", "250"),
    ],
)
def test_block_lists(lab: Lab, listing: Server, host: int, why: str, code: str) -> None:
    client = stranger(lab, f"listed{host}", f"{lab.net}.{host}")
    waited, answers = talks(client, listing)
    print(f"{why}: {answers[3]} after {waited:.3f} s")
    assert codes(answers)[3] == code, answers
    if code == "550":
        assert "Service unavailable" in answers[3]
        listing.sees(f"DNSBL rank 3 for [{client.ip}]")


def test_no_list_is_asked_by_default(server: Server) -> None:
    assert server.run("postconf", "-h", "postscreen_dnsbl_sites").strip() == ""
