"""SSL_TYPE=acme: certificates from a real ACME server, while mail flows, and what happens when it refuses."""

from __future__ import annotations

import json
import re
import smtplib
import socket
import ssl
from functools import partial
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailwright.core import paths
from tests import pki
from tests.container import ca
from tests.container.ca import Ca
from tests.container.conftest import ALICE, BOB
from tests.container.docker import CLIENTS, docker, until
from tests.container.lab import Lab, Server, accounts, env_file, trusting
from tests.container.test_reloads import arrives, idling

HOST, OTHER, AWAY, REFUSED = "mail.example.test", "imap.example.test", "away.example.test", "blocked.test"
TOKEN = "token-of-the-monitoring"
WEB, PROXIED = "autoconfig.example.test", "web.example.test"
PROXY = """
events {}
http {
  server { listen 80; return 308 https://$host$request_uri; }
  server {
    listen 443 ssl;
    ssl_certificate /proxy/cert.pem;
    ssl_certificate_key /proxy/key.pem;
    location / {
      proxy_pass http://MAILSERVER;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
"""
BOUND = {"ACME_EAB_KID": ca.KID, "ACME_EAB_HMAC_KEY": ca.HMAC}
HOOK = """#!/bin/sh
set -eu
[ "$(id -un)" = _acme ] || { echo "who am I?" >&2; exit 1; }
case $1 in
  present) path=set-txt ;;
  cleanup) path=clear-txt ;;
esac
curl -sf -d "{\\"host\\": \\"$2.\\", \\"value\\": \\"$3\\"}" "http://DNS:8055/$path"
"""


def certificate(server: Server, port: int) -> x509.Certificate:
    """What a new session on ``port`` gets."""
    if port in (25, 587):
        with smtplib.SMTP(server.ip, port, local_hostname="client.test", timeout=30) as smtp:
            smtp.starttls(context=trusting())
            der = smtp.sock.getpeercert(binary_form=True)  # type: ignore[union-attr]
    else:
        der = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((server.ip, port), timeout=30))
    return x509.load_der_x509_certificate(der)


def names(server: Server, port: int = 993) -> set[str]:
    found = certificate(server, port).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(found.value.get_values_for_type(x509.DNSName))


def is_issued(server: Server, port: int = 993) -> bool:
    return "Pebble" in certificate(server, port).issuer.rfc4514_string()


def serial(server: Server, port: int = 993) -> int:
    return certificate(server, port).serial_number


def has_another(server: Server, port: int, old: int) -> bool:
    return serial(server, port) != old


def key(server: Server, port: int = 993) -> bytes:
    return certificate(server, port).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Operator:
    """The server, and the settings in its config folder."""

    def __init__(self, server: Server, settings: dict[str, str]) -> None:
        assert server.config
        self.server, self.settings, self.file = server, settings, server.config / "mailserver.env"

    def set(self, **settings: str) -> None:
        """The server runs with the settings of its start and these."""
        self.file.write_text(env_file(self.settings | settings))
        until("the settings", self.server.is_settled)

    def status(self) -> dict[str, Any]:
        rows = json.loads(self.server.run("setup", "acme", "status", "--json", check=False))
        return {row["name"]: row for row in rows}


@pytest.fixture(scope="module")
def authority(lab: Lab) -> Ca:
    return ca.prepare(lab, f"{lab.net}.200")


@pytest.fixture(scope="module")
def operator(lab: Lab, authority: Ca) -> Operator:
    """A server whose CA is not there yet."""
    ip = f"{lab.net}.200"
    records = [f"host-record={name},{ip}" for name in (HOST, OTHER, REFUSED, WEB)]
    records.append(f"host-record={PROXIED},{lab.net}.201")
    lab.zone(*records, f"host-record={AWAY},192.0.2.9", f"host-record={ca.NAME},{authority.ip}")
    settings = {
        "SSL_TYPE": "acme",
        "ENABLE_WEB": "1",
        "ACME_DIRECTORY": ca.DIRECTORY,
        "ACME_CA_FILE": "/tmp/docker-mailserver/ca.pem",
        "ACME_EMAIL": "admin@example.com",
        "METRICS_TOKEN": TOKEN,
    }
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB),
        "ca.pem": authority.authority,
        "mailserver.env": env_file(settings),
    }
    return Operator(lab.mailserver("example", config, ip=ip, hostname=HOST), settings)


@pytest.fixture(scope="module")
def early(operator: Operator) -> tuple[str, int]:
    """What was seen while the CA was away: the issuer, and how many errors were in the log."""
    server = operator.server
    server.sees("acme: error: no certificate for mail.example.test: the CA at ca.test:14000 cannot be reached")
    issuer = "Pebble" if is_issued(server) else "none"
    before = operator.status()[HOST]
    assert before["error"]
    docker("restart", "-t", "30", server.name)
    server.wait_ready(25, 587, 993)
    # A settled timetable: its run at the start is over.
    until("the timetable", lambda: server.run("cat", paths.TIMETABLE_NEXT, check=False).startswith("{"))
    assert operator.status()[HOST] == before
    return issuer, server.log().count(f"acme: error: no certificate for {HOST}")


@pytest.fixture(scope="module")
def unbound(operator: Operator, authority: Ca, early: tuple[str, int]) -> str:
    """What the CA's demand for an account that it knows looks like to the operator."""
    assert early
    authority.start()
    return operator.server.run("setup", "acme", "renew", check=False)


@pytest.fixture
def issued(operator: Operator, unbound: str) -> Server:
    """The server with a certificate of the CA for its host name alone."""
    assert unbound
    operator.settings |= BOUND
    operator.set()
    operator.server.run("setup", "acme", "renew", check=False)
    until("the certificate", lambda: is_issued(operator.server) and names(operator.server) == {HOST})
    return operator.server


def test_a_ca_that_is_away_is_asked_again_later(early: tuple[str, int]) -> None:
    assert early == ("none", 1)


def test_a_ca_that_wants_to_know_the_account(unbound: str) -> None:
    assert "set ACME_EAB_KID and ACME_EAB_HMAC_KEY" in unbound


def test_the_numbers_of_a_certificate(issued: Server) -> None:
    command = ("curl", "-sk", "-H", f"Authorization: Bearer {TOKEN}", "https://localhost/metrics")
    row = re.compile(rf'^mailwright_acme_(\w+){{name="{re.escape(HOST)}"}} (.+)$', re.MULTILINE)
    # A server that is too busy to count in time leaves numbers out.
    acme = dict(until("the numbers", lambda: row.findall(issued.run(*command))))
    assert acme["failures"] == "0"
    assert float(acme["issued_timestamp_seconds"]) < float(acme["next_try_timestamp_seconds"])


def test_the_certificate_is_live_everywhere(issued: Server) -> None:
    for port in (993, 587, 25, 443):
        until(f"the certificate on {port}", partial(is_issued, issued, port))
    said = issued.log() + issued.run("setup", "history") + issued.run("setup", "status", check=False)
    assert ca.HMAC not in said
    assert "PRIVATE KEY" not in said


def test_the_web_names_of_a_domain_have_a_certificate_of_their_own(issued: Server, operator: Operator) -> None:
    def shown() -> set[str]:
        with socket.create_connection((issued.ip, 443), 10) as plain:
            with trusting().wrap_socket(plain, server_hostname=WEB) as connection:
                der = connection.getpeercert(binary_form=True)
        found = x509.load_der_x509_certificate(der or b"").extensions
        return set(found.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName))

    until("its certificate", lambda: shown() == {WEB})
    row = operator.status()[WEB]
    assert row["state"] == "valid"
    assert "mta-sts.example.test has no address in DNS" in row["left_out"]["mta-sts.example.test"]
    assert "autodiscover.example.test and mta-sts.example.test are left out: they have no address" in issued.log()
    causes = [cause for entry in json.loads(issued.run("setup", "history", "--json")) for cause in entry["causes"]]
    assert {f"the certificate of {name} changed" for name in (HOST, WEB)} <= {*causes}


def test_a_trial_issues_what_nobody_keeps(issued: Server) -> None:
    before = serial(issued)
    said = issued.run("setup", "acme", "test")
    for name in (HOST, WEB):
        assert f"{name}: {ca.NAME}:14000 issued a certificate, which is thrown away" in said
    assert "the CA would issue every certificate" in said
    assert serial(issued) == before


def test_a_name_whose_proxy_redirects_to_https(lab: Lab, operator: Operator, authority: Ca, issued: Server) -> None:
    chain, key = pki.pair(PROXIED)
    configuration = PROXY.replace("MAILSERVER", issued.ip)
    folder = lab.folder({"nginx.conf": configuration, "cert.pem": chain, "key.pem": key})
    command = ("nginx", "-c", "/proxy/nginx.conf", "-g", "daemon off;")
    proxy = lab.container(
        "redirecting", "-v", f"{folder}:/proxy:ro", image=CLIENTS, command=command, ip=f"{lab.net}.201"
    )
    authority.say("add-a", host=f"{PROXIED}.", addresses=[proxy.ip])
    operator.set(WEB_BEHIND_PROXY=proxy.ip, ACME_DOMAINS=PROXIED)
    issued.run("setup", "acme", "renew")
    until("the certificate", lambda: names(issued) == {HOST, PROXIED})
    lab.forget(proxy)


def test_a_name_elsewhere_and_one_that_is_refused_stop_no_other(operator: Operator, issued: Server) -> None:
    server = issued
    operator.set(ACME_DOMAINS=f"{OTHER},{AWAY},{REFUSED}")
    server.run("setup", "acme", "renew", check=False)
    until("the other name", lambda: names(server) == {HOST, OTHER})
    left_out = operator.status()[HOST]["left_out"]
    assert "has the address 192.0.2.9, which is not this host's" in left_out[AWAY]
    assert "the CA does not issue for blocked.test" in left_out[REFUSED]
    found = server.run("setup", "doctor", check=False)
    assert f"{AWAY} is not in the certificate" in found


def test_renewed_under_load_with_the_same_key(issued: Server) -> None:
    server = issued
    before, old = key(server), serial(server)
    with idling(server, BOB) as client, smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=30) as half:
        half.starttls(context=trusting())
        half.ehlo()
        half.mail("friend@outside.test")
        half.rcpt(BOB)
        server.run("setup", "acme", "renew", "--force")
        for port in (993, 587, 25, 443):
            until(f"the new one on {port}", partial(has_another, server, port, old))
        server.deliver("friend@outside.test", BOB)
        assert arrives(client)
        assert half.data(b"Subject: half\r\nMessage-ID: <issued@client.test>\r\n\r\nx\r\n")[0] == 250
    server.receives(BOB, "<issued@client.test>")
    assert key(server) == before


def test_dns_01_and_a_hook_that_fails(operator: Operator, authority: Ca, issued: Server) -> None:
    server = issued
    assert server.config
    hook = server.config / "acme-dns-hook"
    hook.write_text("#!/bin/sh\necho the token is wrong >&2\nexit 3\n")
    operator.set(ACME_CHALLENGE="dns-01", ACME_DOMAINS="*.example.test")
    done = server.run("setup", "acme", "renew", check=False)
    assert "acme-dns-hook failed: the token is wrong" in done, done
    hook.write_text(HOOK.replace("DNS", authority.dns.ip))
    until("the script", server.is_settled)
    server.run("setup", "acme", "renew")
    until("the wildcard", lambda: names(server) == {HOST, "*.example.test"})
    assert not operator.status()[HOST]["error"]


def test_the_next_key_is_published_first(issued: Server) -> None:
    server = issued
    before = key(server)
    present = server.run("setup", "dns", "--zone")
    server.run("setup", "acme", "rollover")
    until("the next key", lambda: key(server) != before)  # no TLSA record is published
    after = server.run("setup", "dns", "--zone")
    assert present.count("TLSA") == after.count("TLSA") == 1
    assert present != after


def test_what_the_state_holds_and_who_may_read_it(issued: Server) -> None:
    listed = "find /var/mail-state/lib-acme /run/acme-challenges -printf '%u %m %y %P\\n'"
    rows = sorted(issued.run("sh", "-c", listed).splitlines())
    live = [row for row in rows if " live/" in row]
    assert live == [f"root 600 f live/{name}.pem" for name in (WEB, HOST)]
    assert not [row for row in rows if row.endswith("challenge")]
    assert [row for row in rows if " f account/" in row] == [row for row in rows if row.startswith("_acme 600 f ")]
