"""What strangers and a web application that was taken over can do to mail, through the web server."""

from __future__ import annotations

import socket

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, accounts

HOST = "mail.attacked.test"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright with the web server, and a proxy."""
    proxy = lab.address()
    ca = {"SSL_TYPE": "acme", "ACME_DIRECTORY": "https://ca.attacked.test/dir"}  # which does not answer
    env = {"ENABLE_WEB": "1", "WEB_BEHIND_PROXY": proxy, **ca}
    server = lab.mailserver("attacked", {"postfix-accounts.cf": accounts(ALICE)}, env, hostname=HOST)
    lab.container("attacker", image=CLIENTS, command=("sleep", "1000"), ip=proxy)
    until("the web server", lambda: b" 200 " in asked(server, b"/health"))
    return server


def asked(server: Server, path: bytes, many: int = 1) -> bytes:
    """All answers to ``many`` requests on one connection to port 80."""
    request = b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (path, HOST.encode())
    last = request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.create_connection((server.ip, 80), 20) as connection:
        connection.sendall(request * (many - 1) + last)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def test_strangers_cannot_flood_the_log(server: Server) -> None:
    for _ in range(20):
        assert asked(server, b"/flood", 100).count(b"HTTP/1.1 404") == 100
    server.sees("begin to drop messages due to rate-limiting")
    assert server.log().count("/flood") <= 300
    until("lines again", lambda: asked(server, b"/again") and "/again" in server.log())


def test_long_words_are_cut_in_the_log(server: Server) -> None:
    with socket.create_connection((server.ip, 80), 20) as connection:
        connection.sendall(b"%s /%s HTTP/1.1\r\nHost: %s\r\n\r\n" % (b"LONG" * 500, b"a\xff" * 1500, b"h" * 2000))
        connection.recv(100)
    line = server.sees("LONGLONG")
    assert "..." in line
    assert len(line) < 4096


CLIENTS_OF_A_PROXY = """
import http.client, sys
def ask(client):
    connection = http.client.HTTPConnection(sys.argv[1], timeout=20)
    headers = {"Host": sys.argv[2], "X-Forwarded-For": client, "X-Forwarded-Proto": "https"}
    connection.request("GET", "/mail/config-v1.1.xml", headers=headers)
    return connection.getresponse().status
print(429 in [ask(sys.argv[3] % number) for number in range(1, 60)])
"""


@pytest.mark.parametrize(
    ("client", "limited"), [("2001:db8:1:2::%x", True), ("2001:db8:1:%x::1", False), ("192.0.2.%d", False)]
)
def test_an_ipv6_client_has_a_whole_network(server: Server, lab: Lab, client: str, limited: bool) -> None:
    run = ("exec", f"{lab.name}-attacker", "python3", "-c", CLIENTS_OF_A_PROXY)
    assert docker(*run, server.ip, HOST, client).strip() == str(limited)


TAKEN_OVER = """
import socket, sys
from mailwright.core import paths
sockets = ("/run/dovecot/auth-userdb", "/run/dovecot/indexer")
for path in (paths.LOCK, paths.ACME_LOCK, f"{paths.TIMETABLE_NEXT}.lock", *sockets):
    try:
        socket.socket(socket.AF_UNIX).connect(path) if path in sockets else open(path)
        print(path, "is open")
    except (PermissionError, FileNotFoundError):
        pass
"""


@pytest.mark.parametrize("user", ["web", "_nginx", "_profiles", "_acme"])
def test_a_user_of_the_web_server_cannot_stop_changes_nor_list_accounts(server: Server, user: str) -> None:
    as_user = ("setpriv", "--reuid", user, "--regid", user, "--init-groups")
    assert server.run(*as_user, "python3", "-c", TAKEN_OVER) == ""
    assert server.run("setup", "email", "list").count(ALICE) == 1


NOT_OURS = """
import http.client, os, sys
for name, target in (("link", "/etc/passwd"), ("folder", "/etc")):
    os.symlink(target, f"/run/acme-challenges/{name}")
for name in ("link", "folder/passwd"):
    connection = http.client.HTTPConnection("127.0.0.1", 80, timeout=20)
    connection.request("GET", f"/.well-known/acme-challenge/{name}")
    print(connection.getresponse().status)
for name in ("link", "folder"):
    os.unlink(f"/run/acme-challenges/{name}")
"""
ENDLESS = """
import sys
from mailwright.host import commands
commands.MOST = 1 << 20
ask = lambda code, given="", limit=20.0: commands.run_as("_acme", (sys.executable, "-c", code), given, limit)
print(ask("import os\\nwhile True: os.write(1, bytes(65536))").errors)
print(ask("import os, time\\nif not os.fork(): os.setsid(); time.sleep(5)", limit=1.0).code)
print(len(ask("import sys; print(sys.stdin.read())", "x" * 300000).output), ask("pass", "x" * 300000).code)
"""


def test_what_the_user_that_speaks_with_the_ca_cannot_do(server: Server) -> None:
    as_user = ("setpriv", "--reuid", "_acme", "--regid", "_acme", "--clear-groups")
    assert server.run(*as_user, "python3", "-c", NOT_OURS).split() == ["403", "404"]
    killed, left_behind, whole = server.run("python3", "-c", ENDLESS).splitlines()[-3:]
    assert killed.endswith("wrote more than 1 MiB")
    assert (left_behind, whole) == ("124", "300001 0")
