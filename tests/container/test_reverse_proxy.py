"""Behind the proxies of docs/how-to/reverse-proxy.md, the server sees the clients; nobody else can name a client."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable
from functools import partial

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts
from tests.repository.source import ROOT

PAGE = ROOT / "docs" / "how-to" / "reverse-proxy.md"
PORTS = {25: 12525, 587: 10587, 465: 10465, 143: 10143, 993: 10993, 110: 10110, 995: 10995, 4190: 14190}
# A client beside the proxy: mail on 25, submission on 587 and 465, and a login, good or bad, on each port that has one.
CLIENT = """
import base64, imaplib, poplib, smtplib, socket, ssl, sys
host, word, subject = sys.argv[1:4]
tls = ssl._create_unverified_context()
mail = f"From: alice@example.test\\nTo: bob@example.test\\nMessage-ID: <{subject}.%s@x.test>\\n\\nhi\\n"
def smtp():
    with smtplib.SMTP(host, 25, "client.outside.test", timeout=20) as client:
        client.sendmail("x@outside.test", ["bob@example.test"], mail % "smtp")
def submission():
    with smtplib.SMTP(host, 587, timeout=20) as client:
        client.starttls(context=tls); client.login("alice@example.test", word)
        client.sendmail("alice@example.test", ["bob@example.test"], mail % "submission")
def submissions():
    with smtplib.SMTP_SSL(host, 465, context=tls, timeout=20) as client:
        client.login("alice@example.test", word)
        client.sendmail("alice@example.test", ["bob@example.test"], mail % "submissions")
def imap():
    client = imaplib.IMAP4(host, 143, timeout=20); client.starttls(tls); client.login("alice@example.test", word)
def imaps(): imaplib.IMAP4_SSL(host, 993, ssl_context=tls, timeout=20).login("alice@example.test", word)
def pop3():
    client = poplib.POP3(host, 110, timeout=20); client.stls(tls)
    client.user("alice@example.test"); client.pass_(word)
def pop3s():
    client = poplib.POP3_SSL(host, 995, context=tls, timeout=20); client.user("alice@example.test"); client.pass_(word)
def managesieve():
    plain = socket.create_connection((host, 4190), 20)
    plain.recv(4096); plain.sendall(b"STARTTLS\\r\\n"); plain.recv(100)
    client = tls.wrap_socket(plain); client.recv(4096)
    login = base64.b64encode(b"\\0alice@example.test\\0" + word.encode())
    client.sendall(b'AUTHENTICATE "PLAIN" "' + login + b'"\\r\\n'); assert client.recv(100).startswith(b"OK"), "refused"
for what in sys.argv[4:]:
    try: globals()[what](); print(what, "ok")
    except (OSError, AssertionError, imaplib.IMAP4.error, poplib.error_proto) as error: print(what, "refused")
"""
ALL = ("smtp", "submission", "submissions", "imap", "imaps", "pop3", "pop3s", "managesieve")


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright with every port, and two proxies; clients of its network may send without a login."""
    env = {
        "PROXY_PROTOCOL_NETWORKS": f"{lab.net}.100,{lab.net}.101",
        "PERMIT_DOCKER": "connected-networks",
        **dict.fromkeys(("ENABLE_SUBMISSIONS", "ENABLE_POP3", "ENABLE_MANAGESIEVE", "ENABLE_FAIL2BAN"), "1"),
    }
    config = {"postfix-accounts.cf": accounts(ALICE, BOB)}
    return lab.mailserver("example", config, env, "--cap-add", "NET_ADMIN")


@pytest.fixture(scope="module")
def client(lab: Lab) -> Server:
    """Somebody with a mail program."""
    return lab.container("client", image=CLIENTS, command=("sleep", "infinity"))


def snippet(language: str, server: Server) -> str:
    """The page's configuration, with the server's address for its name."""
    text = PAGE.read_text()
    found = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return found[1].replace("mailserver:", f"{server.ip}:")


def proxy(lab: Lab, text: str, command: str, ip: str) -> Server:
    """A proxy that runs with the configuration ``text``."""
    folder, name = lab.folder({"proxy.conf": text}), command.split(maxsplit=1)[0]
    container = lab.container(name, "-v", f"{folder}:/etc/proxy", image=CLIENTS, command=("sh", "-c", command), ip=ip)
    until(f"{name} on 4190", lambda: container.greets(4190), 30)
    return container


@pytest.fixture(scope="module")
def haproxy(lab: Lab, server: Server) -> Server:
    """HAProxy, which sends version 2."""
    text = snippet("haproxy", server)
    return proxy(lab, text, "haproxy -f /etc/proxy/proxy.conf", f"{lab.net}.100")


@pytest.fixture(scope="module")
def nginx(lab: Lab, server: Server) -> Server:
    """nginx, which sends version 1."""
    modules = "include /etc/nginx/modules-enabled/*.conf;\nevents {}\n"
    text = modules + snippet("nginx", server)
    return proxy(lab, text, "nginx -c /etc/proxy/proxy.conf -g 'daemon off;'", f"{lab.net}.101")


def use(client: Server, host: str, word: str, subject: str, *what: str) -> str:
    """What the client gets."""
    return client.run("python3", "-c", CLIENT, host, word, subject, *what)


@pytest.mark.parametrize("kind", ["haproxy", "nginx"])
def test_every_port_sees_the_client(server: Server, client: Server, kind: str, request: pytest.FixtureRequest) -> None:
    proxy: Server = request.getfixturevalue(kind)
    assert use(client, proxy.ip, "secret", kind, *ALL).split("\n")[:-1] == [f"{what} ok" for what in ALL]
    for way in ("smtp", "submission", "submissions"):
        mail = server.receives(BOB, f"<{kind}.{way}@x.test>")
        received = mail.split("Received:", 3)[2]
        assert f"[{client.ip}]" in received or way != "smtp", mail
        assert proxy.ip not in mail
    log = server.log()
    for program in ("imap-login", "pop3-login", "managesieve-login"):
        assert re.search(rf"dovecot: {program}: .*Logged in.*rip={re.escape(client.ip)},", log), program
    for program in ("postscreen", "submission/smtpd", "submissions/smtpd"):
        assert re.search(rf"postfix/{program}.*connect from .*\[{re.escape(client.ip)}\]", log, re.IGNORECASE), program
    assert not re.search(rf"(rip=|connect from .*\[){re.escape(proxy.ip)}\b", log)


def test_a_wrong_login_is_the_client_s(server: Server, client: Server, haproxy: Server) -> None:
    said = use(client, haproxy.ip, "wrong", "x", "submission", "imaps", "managesieve")
    assert said.split("\n")[:-1] == ["submission refused", "imaps refused", "managesieve refused"]
    for name in ("mailwright-dovecot", "mailwright-postfix-sasl"):
        seen = partial(server.run, "fail2ban-regex", "-o", "ip", "/var/log/mail/mail.log", name)
        until(name, partial(is_only, client.ip, seen), 20)


def is_only(word: str, said: Callable[[], str]) -> bool:
    """Whether ``said`` gives ``word`` and no other."""
    return set(said().split()) == {word}


def test_a_banned_client_is_banned_behind_the_proxy(lab: Lab, server: Server, client: Server, haproxy: Server) -> None:
    guesser = lab.container("guesser", image=CLIENTS, command=("sleep", "infinity"))
    until("fail2ban", lambda: "custom" in server.run("fail2ban-client", "status"))
    ways, address = ("smtp", "submission", "submissions", "imaps", "managesieve"), "2001:db8::77"
    server.run("setup", "fail2ban", "ban", guesser.ip)
    server.run("setup", "fail2ban", "ban", address)
    server.run("fail2ban-client", "set", "dovecot", "banip", guesser.ip)
    places = f"/run/banned/{guesser.ip}/custom", f"/run/banned/{guesser.ip}/dovecot", f"/run/banned/{address}/custom"
    until("the bans", lambda: server.run("ls", "-d", *places))
    assert use(guesser, haproxy.ip, "secret", "x", *ways).split("\n")[:-1] == [f"{way} refused" for way in ways]
    for ip, code in ((f"::ffff:{guesser.ip}", 77), (f"::ffff:{client.ip}", 0)):  # as proxies with one socket write it
        tried = f"doveadm auth test -x rip={ip} {ALICE} secret >/dev/null 2>&1; echo $?"
        assert server.run("sh", "-c", tried) == f"{code}\n", ip
    assert use(client, haproxy.ip, "secret", "o", *ways).split("\n")[:-1] == [f"{way} ok" for way in ways]
    server.run("fail2ban-client", "set", "dovecot", "unbanip", guesser.ip)
    until("one ban", lambda: "dovecot" not in server.run("ls", f"/run/banned/{guesser.ip}"))
    assert use(guesser, haproxy.ip, "secret", "x", "imaps") == "imaps refused\n"
    server.run("setup", "fail2ban", "unban", guesser.ip)
    until("no ban", lambda: use(guesser, haproxy.ip, "secret", "y", *ways).count("ok") == len(ways))
    assert "banned: unknown user" not in server.log()
    server.run("setup", "fail2ban", "unban", address)


def answer(address: str, port: int, said: bytes) -> bytes:
    """What a connection to ``port`` that begins with ``said`` gets first."""
    with socket.create_connection((address, port), 20) as connection:
        try:
            connection.sendall(said)
            return connection.recv(200)
        except ConnectionError:
            return b""


def v2(client: str, server: str) -> bytes:
    """A header of version 2 for a client of IPv4."""
    ends = socket.inet_aton(client) + socket.inet_aton(server)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x11, 12) + ends + struct.pack("!HH", 4000, 25)


def test_strangers_cannot_speak_for_anybody(server: Server) -> None:
    """This test comes from the gateway's address."""
    for port in PORTS.values():
        assert answer(server.ip, port, b"PROXY TCP4 203.0.113.9 192.0.2.1 4000 25\r\n") == b"", port
        assert answer(server.ip, port, v2("203.0.113.9", "192.0.2.1")) == b"", port
    assert "203.0.113.9" not in server.log()
    server.sees("smtp-proxy: refused")
    # The usual ports need no header.
    for port in (25, 143, 587):
        assert answer(server.ip, port, b"") != b"", port


FORGED = """
import smtplib, socket, sys
host, port, name, recipient = sys.argv[1:5]
client = smtplib.SMTP(timeout=20, local_hostname="client.outside.test")
client.sock = socket.create_connection((host, int(port)), 20)
family, server = ("TCP6", "2001:db8::1") if ":" in name else ("TCP4", "192.0.2.1")
client.sock.sendall(f"PROXY {family} {name} {server} 4000 25\\r\\n".encode())
client.file = None
try:
    print(client.getreply()[0])
    client.ehlo(); client.mail("x@outside.test"); print(client.rcpt(recipient)[0]); client.quit()
except (OSError, smtplib.SMTPServerDisconnected): print("closed")
"""


def test_what_a_proxy_says(lab: Lab, server: Server, haproxy: Server) -> None:
    """No address in a header gives a right to send, not even to a trusted proxy; IPv6 works."""

    def at(*words: str) -> list[str]:
        return haproxy.run("python3", "-c", FORGED, server.ip, "12525", *words).split()

    for loopback in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert at(loopback, "y@elsewhere.test") == ["closed"]
    for mine in (server.ip, f"{lab.net}.77", "2001:db8::77", f"::ffff:{lab.net}.78"):
        assert at(mine, "y@elsewhere.test") == ["220", "554"], mine
        assert at(mine, BOB) == ["220", "250"], mine
    log = server.log()
    assert "from unknown[2001:db8::77]" in log
    assert f"[{lab.net}.78]" in log
    assert "ffff" not in log.split("::ffff:127.0.0.1", 1)[-1]


def test_health_and_ports(server: Server) -> None:
    assert server.run("python3", "-m", "mailwright.programs.health").startswith("healthy")
    assert "12525 smtp-proxy" in server.run("mailwright", "ports")
    warned = [
        line for line in server.log().splitlines() if re.search(r"proxy-protocol\[|dovecot: \S+-login: .*haproxy", line)
    ]
    assert not [line for line in warned if not re.search("refused|not trusted", line)]
    found = server.run("setup", "doctor", "--json", check=False)
    assert "port-silent" not in found


def test_no_connection_is_lost_with_the_program(server: Server, haproxy: Server) -> None:
    with socket.create_connection((haproxy.ip, 587), 20) as connection:
        assert connection.recv(200).startswith(b"220")
        server.run("supervisorctl", "-c", "/etc/supervisor/supervisord.conf", "restart", "proxy-protocol")
        connection.sendall(b"EHLO x.test\r\n")
        assert connection.recv(400).startswith(b"250")
    until("587 again", lambda: haproxy.greets(587), 20)
