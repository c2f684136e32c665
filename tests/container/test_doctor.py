"""doctor, dns and status against a real DNS server and real daemons."""

from __future__ import annotations

import json
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mailwright.dkim import record
from tests.container import pki
from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts

HOST = "mail.example.test"
CHAIN, CERTIFICATE_KEY = pki.pair(HOST)
PEM = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
KEY = "rspamd/dkim/rsa-2048-mail-example.test.private.txt"


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    config: dict[str, str | bytes] = {
        "postfix-accounts.cf": accounts("postmaster@example.test", ALICE, BOB),
        KEY: PEM,
        "ssl/cert.pem": CHAIN,
        "ssl/key.pem": CERTIFICATE_KEY,
    }
    folder = "/tmp/docker-mailserver/ssl"
    env = {"SSL_TYPE": "manual", "SSL_CERT_PATH": f"{folder}/cert.pem", "SSL_KEY_PATH": f"{folder}/key.pem"}
    return lab.mailserver("example", config, env)


def doctor(server: Server, *args: str) -> tuple[int, list[dict[str, str]]]:
    done = subprocess.run(
        ["docker", "exec", server.name, "setup", "doctor", "--json", *args], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)


def told(found: list[dict[str, str]], level: str = "finding") -> list[str]:
    return [f"{it['area']}: {it['what']}" for it in found if it["level"] == level]


def good_zone(lab: Lab, server: Server) -> list[str]:
    """dnsmasq's options for a zone that says all it should."""
    key = record(PEM)
    return [
        f"host-record={HOST},{server.ip}",
        f"mx-host=example.test,{HOST},10",
        "txt-record=example.test,v=spf1 mx -all",
        "txt-record=_dmarc.example.test,v=DMARC1; p=reject",
        f"txt-record=mail._domainkey.example.test,{key[:200]},{key[200:]}",
        "host-record=a.root-servers.net,198.41.0.4",
    ]


def test_a_zone_that_says_all_it_should(lab: Lab, server: Server) -> None:
    lab.zone(*good_zone(lab, server))
    until("the zone", lambda: not told(doctor(server)[1]))
    code, found = doctor(server)
    assert (code, told(found)) == (0, [])
    assert any("MTA-STS" in it for it in told(found, "note"))
    assert any("private address" in it for it in told(found, "not asked"))


def test_each_thing_that_is_wrong(lab: Lab, server: Server) -> None:
    lab.zone(
        f"host-record={HOST},{server.ip}",
        "mx-host=example.test,other.test,10",
        "txt-record=example.test,v=spf1 +all",
        "txt-record=mail._domainkey.example.test,v=DKIM1; k=rsa; p=AAAA",
        "host-record=a.root-servers.net,198.41.0.4",
    )
    until("the zone", lambda: len(told(doctor(server)[1])) == 4)
    code, found = doctor(server)
    assert code == 1
    assert told(found) == [
        "domain example.test: MX of example.test does not name this server",
        "domain example.test: TXT of example.test lets everybody send (+all)",
        "domain example.test: TXT of mail._domainkey.example.test has another key",
        "domain example.test: TXT of _dmarc.example.test is missing",
    ]
    assert all(
        it["cure"].startswith("publish: ")
        for it in found
        if it["area"] == "domain example.test" and it["level"] == "finding"
    )


def test_offline_and_a_mistake(server: Server) -> None:
    assert server.config
    (server.config / "postfix-virtual.cf").write_text("nonsense\n")
    said = server.run("setup", "doctor", "--offline", check=False)
    assert "postfix-virtual.cf:1: alias 'nonsense' has no target" in said
    (server.config / "postfix-virtual.cf").unlink()
    until("mended", lambda: "\n0 findings" in server.run("setup", "doctor", "--offline", check=False))
    assert "? DNS was not asked (--offline)" in server.run("setup", "doctor", "--offline", check=False)


def test_a_port_that_is_silent_and_mail_that_waits(server: Server) -> None:
    server.run("supervisorctl", "-c", "/etc/supervisor/supervisord.conf", "stop", "dovecot")
    found = doctor(server, "--offline")[1]
    assert any(it.startswith("daemons: dovecot is STOPPED") for it in told(found))
    assert any("port 993 (imaps) does not answer" in it for it in told(found))
    server.run("supervisorctl", "-c", "/etc/supervisor/supervisord.conf", "start", "dovecot")
    server.wait_ready(993)


def test_dns_prints_a_zone_and_its_state(lab: Lab, server: Server) -> None:
    lab.zone(*good_zone(lab, server))
    zone = server.run("setup", "dns", "--zone")
    assert f"example.test. 3600 IN MX 10 {HOST}." in zone
    assert 'mail._domainkey.example.test. 3600 IN TXT "v=DKIM1; k=rsa; p=' in zone
    assert "IN TLSA 3 1 1 " in zone
    rows = {
        (it["type"], it["name"]): it["state"]
        for it in until("the zone", lambda: json.loads(server.run("setup", "dns", "example.test", "--json")))
    }
    assert rows["TXT", "mail._domainkey.example.test"] == "published"
    assert rows["MX", "example.test"] == "published"
    assert rows["SRV", "_imaps._tcp.example.test"] == "is missing"


def test_status(server: Server) -> None:
    found = json.loads(server.run("setup", "status", "--json"))
    assert set(found["services"]) == {"rsyslog", "dovecot", "postfix", "watch"}
    assert set(found["ports"]) == {"25 smtp", "587 submission", "143 imap", "993 imaps"}
    assert set(found["ports"].values()) == {"open"}
    assert (found["accounts"], found["domains"], found["problems"]) == (3, 1, [])
    assert [it["names"] for it in found["certificates"]] == [[HOST]]
    screen = server.run("setup", "status").splitlines()
    assert any(line.startswith("queue        empty") for line in screen)
    assert len(screen) < 30
