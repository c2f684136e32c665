"""The web server: names, paths, TLS, a proxy in front, and what an attacker sends."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests import pki
from tests.container.conftest import ALICE
from tests.container.docker import CLIENTS, IMAGE, docker, until
from tests.container.lab import Lab, Server, accounts

HOST, POLICY_HOST, OTHER = "mail.example.test", "mta-sts.example.test", "mta-sts.other.test"
LEAF, INTERMEDIATE, ROOT, KEY = pki.hierarchy(HOST, POLICY_HOST, "autoconfig.example.test")
SNI_CHAIN, SNI_KEY = pki.pair(OTHER)
POLICY = "/.well-known/mta-sts.txt"
SSL = "/tmp/docker-mailserver/ssl"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright with the web server, a certificate of a CA, another one for the second domain, and a proxy."""
    config: dict[str, str | bytes] = {
        "postfix-accounts.cf": accounts("postmaster@example.test", ALICE, "bob@other.test"),
        "ssl/cert.pem": LEAF + INTERMEDIATE,
        "ssl/key.pem": KEY,
        f"ssl/{OTHER}/fullchain.pem": SNI_CHAIN,
        f"ssl/{OTHER}/privkey.pem": SNI_KEY,
    }
    proxy, address = lab.address(), lab.address()
    env = {
        "ENABLE_WEB": "1",
        "WEB_BEHIND_PROXY": proxy,
        "MTA_STS_POLICY_MODE": "enforce",
        "SSL_TYPE": "manual",
        "SSL_CERT_PATH": f"{SSL}/cert.pem",
        "SSL_KEY_PATH": f"{SSL}/key.pem",
        "SSL_SNI_DOMAINS": OTHER,
    }
    record = "txt-record=_mta-sts.example.test,v=STSv1; id=1"
    lab.zone(*(f"host-record={name},{address}" for name in (HOST, POLICY_HOST, OTHER)), record)
    server = lab.mailserver("example", config, env, hostname=HOST, ip=address)
    lab.container("proxy", image=CLIENTS, command=("sleep", "1000"), ip=proxy)
    until("the web server", lambda: ask(server, HOST, "/health")[0] == 200)
    return server


@pytest.fixture(scope="module", autouse=True)
def slow(server: Server) -> Iterator[socket.socket]:
    """A client that has not said all since the first test."""
    with socket.create_connection((server.ip, 80), 60) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n")
        yield connection


def trusting() -> ssl.SSLContext:
    """TLS that trusts the test's authority only."""
    return ssl.create_default_context(cadata=ROOT)


def raw(server: Server, request: bytes, *, name: str = "", context: ssl.SSLContext | None = None) -> bytes:
    """All that the server sends for ``request``: on 443 if there is a ``context``, asked by ``name``, else on 80."""
    with socket.create_connection((server.ip, 443 if context else 80), 20) as plain:
        with context.wrap_socket(plain, server_hostname=name or None) if context else plain as connection:
            connection.sendall(request)
            parts = iter(lambda: connection.recv(1 << 16), b"")
            return b"".join(parts)


def ask(
    server: Server, host: str, path: str, *, plain: bool = False, method: str = "GET", **headers: str
) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers, over TLS that is verified for ``host``."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        "Connection: close",
        *(f"{name}: {text}" for name, text in headers.items()),
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    head, _, body = raw(server, request, name=host, context=None if plain else trusting()).partition(b"\r\n\r\n")
    status, *rest = head.decode().split("\r\n")
    return int(status.split()[1]), body.decode(), {line.split(": ")[0].lower(): line.split(": ", 1)[1] for line in rest}


def becomes_healthy(server: Server) -> None:
    """The last check of the container counts for /health, and an answer for some seconds."""
    check = ("python3", "-m", "mailwright.programs.health")
    until("the health check", lambda: server.run(*check, check=False) == "healthy\n")
    until("/health", lambda: ask(server, HOST, "/health")[0] == 200)


def test_health_and_the_headers(server: Server) -> None:
    becomes_healthy(server)
    status, body, headers = ask(server, HOST, "/health")
    assert (status, body) == (200, "healthy\n")
    assert headers["strict-transport-security"] == "max-age=63072000"
    assert headers["server"] == "nginx"
    assert b" 200 " in raw(server, b"GET /health HTTP/1.0\r\n\r\n")
    ports = {one["port"]: one["state"] for one in json.loads(server.run("setup", "status", "--json"))["ports"]}
    assert (ports[80], ports[443]) == ("open", "open")


def test_nothing_but_the_named_paths_answers(server: Server) -> None:
    for path in (
        "/",
        "/index.html",
        "/health/",
        "/healthx",
        POLICY,
        "/.well-known/",
        "/../etc/passwd",
        "/%2e%2e/etc/passwd",
    ):
        assert ask(server, HOST, path)[0] in (400, 404), path
    assert ask(server, POLICY_HOST, POLICY)[0] == 200
    for path in (
        f"{POLICY}/..%2f..%2fnginx.conf",
        f"{POLICY}/../nginx.conf",
        "/.well-known/mta-sts.txt%00",
        "/.well-known/nginx.conf",
    ):
        assert ask(server, POLICY_HOST, path)[0] in (400, 404), path
    assert ask(server, POLICY_HOST, POLICY, method="POST")[0] == 405
    assert b" 421 " in raw(
        server, f"GET {POLICY} HTTP/1.1\r\nHost: mta-sts.evil.test\r\nConnection: close\r\n\r\n".encode()
    )
    stranger = b"GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n"
    answer = raw(server, stranger, name=HOST, context=trusting())
    assert b" 421 " in answer
    assert b"example.test" not in answer


def test_port_80_redirects(server: Server) -> None:
    status, _, headers = ask(server, POLICY_HOST, POLICY, plain=True)
    assert (status, headers["location"]) == (301, f"https://{POLICY_HOST}{POLICY}")
    assert "strict-transport-security" not in headers
    assert ask(server, POLICY_HOST, "/x", plain=True)[0] == 404


FORWARDED = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], timeout=20)
said = {"X-Forwarded-Proto": sys.argv[4]} if sys.argv[4:] else {}
connection.request("GET", sys.argv[3], headers={"Host": sys.argv[2], "X-Forwarded-For": "192.0.2.78", **said})
print(connection.getresponse().status)
"""


def test_a_proxy_is_believed_and_nobody_else(server: Server, lab: Lab) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.77"}
    assert ask(server, POLICY_HOST, POLICY, plain=True, **forwarded)[0] == 301
    proxy = ("exec", f"{lab.name}-proxy", "python3", "-c", FORWARDED, server.ip, POLICY_HOST, POLICY)
    for proto, status in ((("https",), "200"), (("http",), "301"), ((), "200")):
        assert docker(*proxy, *proto).strip() == status
    server.sees(f'nginx: 192.0.2.78 https {POLICY_HOST} "GET {POLICY}" 200')
    assert "192.0.2.77" not in server.log()


def test_the_policy_is_taken_by_another_server(server: Server, lab: Lab) -> None:
    bundle = lab.folder({"ca.pem": ROOT}) / "ca.pem"
    options = (
        "--rm",
        "--network",
        lab.on.name,
        "--dns",
        lab.dns,
        "-v",
        f"{bundle}:/ca.pem:ro",
        "-e",
        "SSL_CERT_FILE=/ca.pem",
    )
    taken = docker("run", *options, "--entrypoint", "mta-sts-query", IMAGE, "example.test")
    assert "STSFetchResult.VALID" in taken
    assert f"'mx': ['{HOST}']" in taken
    assert "'mode': 'enforce'" in taken


def test_doctor_fetches_the_policy(server: Server, lab: Lab) -> None:
    assert server.config
    Path(server.config, "ca.pem").write_text(ROOT)
    command = ("env", "SSL_CERT_FILE=/tmp/docker-mailserver/ca.pem", "setup", "doctor", "--json", "example.test")
    found = {one["code"]: one for one in json.loads(server.run(*command, check=False))}
    assert "mta-sts-stale" in found  # the record says id=1
    assert not {"mta-sts-wrong", "mta-sts-unfetched"} & found.keys()
    wanted = server.run("setup", "dns", "example.test", "--zone")
    assert f"{POLICY_HOST}. 3600 IN CNAME {HOST}." in wanted
    assert found["mta-sts-stale"]["cure"].removeprefix("publish: ") in wanted


def test_a_name_has_its_own_certificate_and_a_new_one_at_once(server: Server) -> None:
    def offered(name: str) -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((server.ip, 443), 20) as plain,
            context.wrap_socket(plain, server_hostname=name or None) as tls,
        ):
            return tls.getpeercert(binary_form=True) or b""

    assert offered(OTHER) == ssl.PEM_cert_to_DER_cert(SNI_CHAIN)
    assert offered("") == offered(HOST) == offered("unknown.test") == ssl.PEM_cert_to_DER_cert(LEAF)
    chain, key = pki.pair(OTHER)
    assert server.config
    Path(server.config, f"ssl/{OTHER}/privkey.pem").write_text(key)
    Path(server.config, f"ssl/{OTHER}/fullchain.pem").write_text(chain)
    until("the new certificate", lambda: offered(OTHER) == ssl.PEM_cert_to_DER_cert(chain))
    server.sees("reloaded nginx")


def test_tls_is_mozillas_intermediate(server: Server) -> None:
    refused = (
        ("-tls1_1", "-cipher", "ECDHE-RSA-AES128-SHA"),
        ("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256"),
    )
    connect = ("openssl", "s_client", "-connect", "127.0.0.1:443", "-servername", HOST)
    for options in refused:
        assert "Cipher is (NONE)" in server.run(*connect, *options, check=False, text="")
    assert "Cipher is ECDHE-ECDSA-" in server.run(*connect, "-tls1_2", check=False, text="")


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40000 + b"\r\n\r\n",
        b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health\r\n X: y HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_a_malformed_request_is_refused(server: Server, request_: bytes) -> None:
    answer = raw(server, request_)
    assert answer.split(b" ")[1:2] in ([b"400"], [b"414"], [b"405"], [b"501"], []), answer
    assert answer.count(b"HTTP/1.1 ") <= 1


def test_a_slow_client_is_cut_off(slow: socket.socket) -> None:
    with suppress(ConnectionResetError):
        assert slow.recv(1) == b""  # closed, before the test's own limit


def test_the_log_has_no_secret(server: Server) -> None:
    ask(server, HOST, "/x?token=geheim")
    ask(server, HOST, "/y%0aforged")
    server.sees('"GET /x" 404')
    server.sees("forged")
    server.run("supervisorctl", "stop", "web")
    try:
        until("502", lambda: ask(server, HOST, "/health?token=geheim")[0] == 502)
        assert "nginx: http" in server.run("python3", "-m", "mailwright.programs.health", check=False)
    finally:
        server.run("supervisorctl", "start", "web")
    becomes_healthy(server)
    assert "geheim" not in server.log()
    assert not any(line.startswith("forged") for line in server.log().splitlines())


def test_an_unhealthy_server_says_so(server: Server) -> None:
    server.run("supervisorctl", "stop", "postfix")
    try:
        assert "postfix" in server.run("python3", "-m", "mailwright.programs.health", check=False)
        until("503", lambda: ask(server, HOST, "/health")[0] == 503)
        assert ask(server, HOST, "/health")[1] == "unhealthy\n"
    finally:
        server.run("supervisorctl", "start", "postfix")


def test_what_it_costs(server: Server) -> None:
    """At most 40 MB, as processes share it (PSS)."""
    top = docker("top", server.name, "-eo", "pid,args").splitlines()
    pids = [line.split()[0] for line in top if "nginx" in line or "programs.web" in line]
    sizes = [Path("/proc", pid, "smaps_rollup").read_text() for pid in pids]
    kilobytes = sum(int(line.split()[1]) for text in sizes for line in text.splitlines() if line.startswith("Pss:"))
    assert 0 < kilobytes < 40 << 10
