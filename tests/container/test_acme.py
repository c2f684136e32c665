"""SSL_TYPE=acme: certificates from a real ACME server, while mail flows, and what happens when it refuses."""

from __future__ import annotations

import json
import smtplib
import ssl
from typing import Any

import pytest
from cryptography import x509

from tests.container import ca
from tests.container.ca import Ca
from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts, env_file, trusting

HOST, OTHER, AWAY, REFUSED = "mail.example.test", "imap.example.test", "away.example.test", "blocked.test"
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


def key(server: Server, port: int = 993) -> bytes:
    kind = x509.load_der_x509_certificate
    del kind
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return certificate(server, port).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class Operator:
    """The server, and the settings in its config folder."""

    def __init__(self, server: Server, settings: dict[str, str]) -> None:
        assert server.config
        self.server, self.settings, self.file = server, settings, server.config / "mailserver.env"

    def set(self, **settings: str) -> None:
        self.settings |= settings
        self.file.write_text(env_file(self.settings))
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
    records = [f"host-record={name},{ip}" for name in (HOST, OTHER, REFUSED)]
    lab.zone(*records, f"host-record={AWAY},192.0.2.9", f"host-record={ca.NAME},{authority.ip}")
    settings = {
        "SSL_TYPE": "acme",
        "ACME_CHALLENGE": "dns-01",
        "ACME_DIRECTORY": ca.DIRECTORY,
        "ACME_CA_FILE": "/tmp/docker-mailserver/ca.pem",
        "ACME_EMAIL": "admin@example.com",
    }
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB),
        "ca.pem": authority.authority,
        "acme-dns-hook": "#!/bin/sh\necho no token >&2\nexit 3\n",
        "mailserver.env": env_file(settings),
    }
    return Operator(lab.mailserver("example", config, ip=ip, hostname=HOST), settings)


def test_dns_01(operator: Operator, authority: Ca) -> None:
    server = operator.server
    assert server.config
    (server.config / "acme-dns-hook").write_text(HOOK.replace("DNS", authority.dns.ip))
    authority.start()
    operator.set(**BOUND, ACME_CHALLENGE="dns-01", ACME_DOMAINS="*.example.test")
    try:
        until("a certificate", lambda: is_issued(server))
    finally:
        print(server.log())
        print(server.run("setup", "acme", "status", check=False))
        print(
            server.run(
                "sh",
                "-c",
                "ls -lnR /var/mail-state/lib-acme /run/acme-challenges; cat /var/mail-state/lib-acme/status.json",
                check=False,
            )
        )
