"""Hundreds of connections that say nothing, or a byte a second, keep nobody else from being served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server

COUNT = 600  # more than the processes that each of Postfix's services has
MANY = 20  # addresses, which may use more than all of these processes
FULL = "has reached its process limit"
LOITER = """
import itertools, socket, sys, time
host, port, count, word = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4].encode()
held, addresses = [], itertools.cycle(sys.argv[5:] or ("0.0.0.0",))
def opened():
    client = socket.socket()
    client.bind((next(addresses), 0))
    client.setblocking(False)
    client.connect_ex((host, port))
    return client
def stays(client):
    try:
        while client.recv(4096):
            pass
        return False
    except BlockingIOError:
        pass
    except OSError:
        return False
    try:
        word and client.send(word)
    except BlockingIOError:
        pass
    except OSError:
        return False
    return True
while True:
    held = [client for client in held if stays(client)]
    held += [opened() for _ in range(count - len(held))]
    print("round", flush=True)
    time.sleep(1)
"""
CLIENT = """
import imaplib, smtplib, ssl, sys, time
host, port = sys.argv[1], int(sys.argv[2])
context = ssl._create_unverified_context()
begun = time.monotonic()
if port in (25, 587):
    with smtplib.SMTP(host, port, local_hostname="client.test", timeout=60) as client:
        sender = "someone@outside.test"
        if port == 587:
            sender = "alice@example.test"
            client.starttls(context=context)
            client.login(sender, "secret")
        client.sendmail(sender, ["bob@example.test"], "Subject: hello\\n\\nGood day.\\n")
else:
    client = imaplib.IMAP4_SSL(host, 993, ssl_context=context) if port == 993 else imaplib.IMAP4(host, 143)
    if port == 143:
        client.starttls(context)
    client.login("bob@example.test", "secret")
    client.select()
    client.logout()
print(time.monotonic() - begun)
"""
SOON = 2.0  # seconds; without a crowd it takes a hundredth of one


@pytest.fixture(scope="module")
def client(lab: Lab, server: Server) -> Server:
    """A machine with an address of its own, which postscreen knows already."""
    client = lab.container("client", image=CLIENTS, command=("sleep", "infinity"))
    for port in (25, 587, 143, 993):
        takes(client, server, port)
    return client


def takes(client: Server, server: Server, port: int) -> float:
    """How many seconds a mail, or a look into a mailbox, takes."""
    return float(client.run("python3", "-c", CLIENT, server.ip, str(port)))


@pytest.fixture
def crowd(lab: Lab, server: Server, request: pytest.FixtureRequest) -> Iterator[Server]:
    """A machine that keeps COUNT connections to a port open, from some addresses."""
    port, word, number = request.param
    addresses = [f"{lab.net}.{200 + each}" for each in range(number)]
    add = "".join(f"ip address add {address}/24 dev eth0; " for address in addresses)
    loiter = ("python3", "-c", LOITER, server.ip, str(port), str(COUNT), word, *(addresses if number > 1 else ()))
    command = ("sh", "-c", f'{add}exec "$@"', "sh", *loiter)
    crowd = lab.container(
        f"crowd{port}{'drip' if word else ''}{number}", "--cap-add", "NET_ADMIN", image=CLIENTS, command=command
    )
    until("some rounds of it", lambda: crowd.log().count("round") > 2)
    yield crowd
    lab.forget(crowd)


def login_processes(server: Server) -> int:
    """How many imap-login run."""
    return server.run("ps", "axo", "args=").splitlines().count("dovecot/imap-login")


@pytest.mark.parametrize(
    "crowd",
    [*((port, word, 1) for port in (25, 587, 143, 993) for word in ("", "E")), (25, "", MANY)],
    indirect=True,
)
def test_others_are_served(server: Server, client: Server, crowd: Server, request: pytest.FixtureRequest) -> None:
    port, _, addresses = request.node.callspec.params["crowd"]
    if addresses == MANY:  # Postfix starts its processes one by one, and then knows that it has no more
        server.sees(FULL)
    seconds = []
    for _ in range(3):
        rounds = crowd.log().count("round")
        seconds.append(takes(client, server, port))
        until("another round", lambda seen=rounds: crowd.log().count("round") > seen)  # type: ignore[misc]
    memory = docker("stats", "--no-stream", "--format", "{{.MemUsage}}", server.name).partition(" ")[0]
    print(f"port {port}: {[round(it, 2) for it in seconds]} s; the server takes {memory}")
    assert max(seconds) < SOON
    # Each process costs memory that mail would need.
    assert login_processes(server) <= 4


def test_a_session_survives_a_crowd_that_fills_all_login_processes(lab: Lab, server: Server, client: Server) -> None:
    with server.imap("alice@example.test") as session:
        command = ("python3", "-c", LOITER, server.ip, "143", "2300", "")
        crowd = lab.container("flood", "--ulimit", "nofile=4096", image=CLIENTS, command=command)
        until("some rounds of it", lambda: crowd.log().count("round") > 3)
        assert takes(client, server, 993) < SOON
        assert session.noop()[0] == "OK"
    lab.forget(crowd)
    server.sees("client_limit and process_limit was hit and this login session was killed")


@pytest.mark.parametrize("crowd", [(587, "", 1)], indirect=True)
def test_one_address_holds_few_of_smtpd(server: Server, crowd: Server) -> None:
    refused = server.sees("Connection concurrency limit exceeded")
    assert "for service smtp" in refused or "for service submission" in refused
