"""TLS towards others: DANE with a signed zone, MTA-STS with a policy, and servers that have neither."""

from __future__ import annotations

import pytest

from mailwright.dns.records import spki_digest
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts
from tests.container.signed import name_server, sign
from tests.pki import hierarchy, pair

ALICE = "alice@example.test"
RIGHT, WRONG, GOOD, BAD, PLAIN = "right.dane.test", "wrong.dane.test", "good-sts.test", "bad-sts.test", "plain.test"
MX = """
postconf -e 'myhostname = mx.DOMAIN' 'mydestination =' 'virtual_mailbox_domains = DOMAIN' 'mynetworks =' \
  'virtual_mailbox_maps = inline:{bob@DOMAIN=bob/}' 'virtual_mailbox_base = /var/mail' \
  'virtual_uid_maps = static:1000' 'virtual_gid_maps = static:1000' 'maillog_file = /dev/stdout' \
  'inet_protocols = ipv4' 'smtpd_relay_restrictions = reject_unauth_destination' 'home_mailbox =' TLS
chown 1000:1000 /var/mail
exec postfix start-fg
"""
OFFERED = "'smtpd_tls_security_level = may' 'smtpd_tls_chain_files = /tls/key.pem, /tls/cert.pem'"
POLICIES = """
import http.server, ssl
class Policy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        domain = self.headers["Host"].removeprefix("mta-sts.")
        text = f"version: STSv1\\r\\nmode: enforce\\r\\nmx: mx.{domain}\\r\\nmax_age: 86400\\r\\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(text)
server = http.server.ThreadingHTTPServer(("", 443), Policy)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/tls/cert.pem", "/tls/key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


class Others:
    """The servers of others, their certificates, and what DNS says of them."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.ips = {name: lab.address() for name in (RIGHT, WRONG, GOOD, BAD, PLAIN, "nsd", "web")}
        names = [f"mta-sts.{GOOD}", f"mta-sts.{BAD}", f"mx.{GOOD}"]
        leaf, issuer, self.root, key = hierarchy(*names)
        self.trusted = (leaf + issuer, key)
        self.own = {name: pair(f"mx.{name}") for name in (RIGHT, WRONG, BAD)}
        zone, self.anchor = sign("dane.test", self._signed_records())
        name_server(lab, "dane.test", zone, self.ips["nsd"])
        lab.zone(*self._plain_records())
        certificates = {**self.own, GOOD: self.trusted}
        for name in (RIGHT, WRONG, GOOD, BAD):
            self._server(name, OFFERED, certificates[name])
        self._server(PLAIN, "", ("", ""))
        folder = self._folder(*self.trusted)
        command = ("python3", "-c", POLICIES)
        lab.container("web", "-v", f"{folder}:/tls", image=CLIENTS, command=command, ip=self.ips["web"])

    def _signed_records(self) -> str:
        digests = {name: spki_digest(self.own[name][0]) for name in (RIGHT, WRONG)}
        digests[WRONG] = digests[RIGHT]
        return f"ns A {self.ips['nsd']}\n" + "".join(
            f"{name}. MX 10 mx.{name}.\nmx.{name}. A {self.ips[name]}\n_25._tcp.mx.{name}. TLSA 3 1 1 {digest}\n"
            for name, digest in digests.items()
        )

    def _plain_records(self) -> list[str]:
        records = []
        for name in (GOOD, BAD, PLAIN):
            records += [f"mx-host={name},mx.{name},10", f"host-record=mx.{name},{self.ips[name]}"]
        for name in (GOOD, BAD):
            records += [f"host-record=mta-sts.{name},{self.ips['web']}", f"txt-record=_mta-sts.{name},v=STSv1; id=1"]
        return records

    def _server(self, name: str, tls: str, certificate: tuple[str, str]) -> None:
        folder = self._folder(*certificate)
        script = MX.replace("DOMAIN", name).replace("TLS", tls, 1)
        options = ("-v", f"{folder}:/tls")
        server = self.lab.container(
            name.replace(".", "-"), *options, image=CLIENTS, command=("sh", "-c", script), ip=self.ips[name]
        )
        server.wait_ready(25)

    def _folder(self, chain: str, key: str) -> str:
        return str(self.lab.folder({"cert.pem": chain, "key.pem": key}))

    def unbound(self) -> str:
        """The operator's unbound.conf: this network's DNS, and the key of its signed zone."""
        return f"""
server:
  local-zone: "test." nodefault
  domain-insecure: "test."
  domain-insecure: "arpa."
  local-zone: "10.in-addr.arpa." nodefault
  trust-anchor: "{self.anchor}"
stub-zone:
  name: "dane.test."
  stub-addr: {self.ips["nsd"]}
forward-zone:
  name: "."
  forward-addr: {self.lab.dns}
"""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """A Mailwright that asks its own resolver, and trusts the test's certification authority."""
    others = Others(lab)
    bundle = lab.folder({"ca.pem": others.root}) / "ca.pem"
    options = (
        "-v",
        f"{bundle}:/etc/ssl/certs/ca-certificates.crt:ro",
        "-e",
        f"SSL_CERT_FILE=/etc/ssl/certs/{bundle.name}",
    )
    config = {"postfix-accounts.cf": accounts(ALICE), "unbound.conf": others.unbound()}
    lab.resolver = "127.0.0.1"
    return lab.mailserver("example", config, {"ENABLE_DANE": "1", "ENABLE_MTA_STS": "1"}, *options)


def fate(server: Server, recipient: str, seconds: float = 40) -> str:
    """The log's line that says what became of the first mail to ``recipient``."""
    return server.sees(f"to=<{recipient}>", seconds)


def test_the_certificate_of_a_signed_zone_is_verified(server: Server) -> None:
    server.submit(ALICE, f"bob@{RIGHT}")
    assert "status=sent" in fate(server, f"bob@{RIGHT}")
    assert f"Verified TLS connection established to mx.{RIGHT}" in server.log()


def test_another_certificate_than_the_zones_holds_the_mail(server: Server) -> None:
    server.submit(ALICE, f"bob@{WRONG}")
    assert "status=deferred (Server certificate not " in fate(server, f"bob@{WRONG}")
    assert f"bob@{WRONG}" in server.run("mailq")


def test_a_policy_and_the_certificate_that_it_demands(server: Server) -> None:
    server.submit(ALICE, f"bob@{GOOD}")
    assert "status=sent" in fate(server, f"bob@{GOOD}")
    assert f"Verified TLS connection established to mx.{GOOD}" in server.log()


def test_a_policy_and_another_certificate_hold_the_mail(server: Server) -> None:
    server.submit(ALICE, f"bob@{BAD}")
    assert "status=deferred (Server certificate not " in fate(server, f"bob@{BAD}")
    assert f"bob@{BAD}" in server.run("mailq")


def test_a_server_without_tls_gets_its_mail(server: Server) -> None:
    server.submit(ALICE, f"bob@{PLAIN}")
    assert "status=sent" in fate(server, f"bob@{PLAIN}")


@pytest.mark.parametrize("program", ["mta-sts", "unbound"])
def test_while_nobody_can_say_mail_waits(server: Server, program: str) -> None:
    recipient = f"bob+{program}@{GOOD}"
    server.run("supervisorctl", "stop", program)
    try:
        server.submit(ALICE, recipient)
        assert "status=deferred" in fate(server, recipient)
    finally:
        server.run("supervisorctl", "start", program)

    def sent() -> bool:
        server.run("postqueue", "-f")
        return any(f"to=<{recipient}>" in line and "status=sent" in line for line in server.log().splitlines())

    until("the mail", sent, 40)
