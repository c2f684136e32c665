"""TLS as clients see it: versions, suites, and whose certificate, for each SSL_TYPE."""

from __future__ import annotations

import base64
import json
import smtplib
import ssl

import pytest
from sslyze import (
    ProtocolWithOpportunisticTlsEnum,
    ScanCommand,
    Scanner,
    ServerNetworkConfiguration,
    ServerNetworkLocation,
    ServerScanRequest,
)

from mailwright.core import ciphers
from tests.container.conftest import ALICE, BOB
from tests.container.lab import Lab, Server, accounts, trusting
from tests.pki import pair

HOST = "mail.tls.test"
OLD = (
    ScanCommand.SSL_2_0_CIPHER_SUITES,
    ScanCommand.SSL_3_0_CIPHER_SUITES,
    ScanCommand.TLS_1_0_CIPHER_SUITES,
    ScanCommand.TLS_1_1_CIPHER_SUITES,
)
NEW = (ScanCommand.TLS_1_2_CIPHER_SUITES, ScanCommand.TLS_1_3_CIPHER_SUITES)
SMTP, IMAP, POP3 = (getattr(ProtocolWithOpportunisticTlsEnum, name) for name in ("SMTP", "IMAP", "POP3"))
DOORS = {25: SMTP, 587: SMTP, 465: None, 143: IMAP, 993: None, 110: POP3, 995: None}
ON = {"ENABLE_SUBMISSIONS": "1", "ENABLE_POP3": "1", "SMTPD_TLS_SECURITY_LEVEL": "may"}
CONFIG = {"postfix-accounts.cf": accounts(ALICE, BOB)}
DUAL = {
    "SSL_TYPE": "manual",
    "SSL_CERT_PATH": "/tmp/docker-mailserver/ec.pem",
    "SSL_KEY_PATH": "/tmp/docker-mailserver/ec.key",
    "SSL_ALT_CERT_PATH": "/tmp/docker-mailserver/rsa.pem",
    "SSL_ALT_KEY_PATH": "/tmp/docker-mailserver/rsa.key",
}


def dual_files() -> dict[str, str]:
    """Two pairs for DUAL."""
    (ec_chain, ec_key), (rsa_chain, rsa_key) = pair(HOST), pair(HOST, kind="rsa")
    return {**CONFIG, "ec.pem": ec_chain, "ec.key": ec_key, "rsa.pem": rsa_chain, "rsa.key": rsa_key}


@pytest.fixture(scope="module", params=["modern", "intermediate"])
def level(request: pytest.FixtureRequest) -> str:
    """TLS_LEVEL."""
    return str(request.param)


@pytest.fixture(scope="module")
def server(lab: Lab, level: str) -> Server:
    """Every door open, with an ECDSA and an RSA certificate."""
    return lab.mailserver(level, dual_files(), {**ON, **DUAL, "TLS_LEVEL": level}, hostname=HOST)


@pytest.mark.parametrize("port", DOORS)
def test_versions_and_suites(server: Server, level: str, port: int) -> None:
    location = ServerNetworkLocation(hostname=HOST, ip_address=server.ip, port=port)
    settings = ServerNetworkConfiguration(HOST, tls_opportunistic_encryption=DOORS[port])
    commands = {*OLD, *NEW, ScanCommand.TLS_COMPRESSION, ScanCommand.SESSION_RENEGOTIATION}
    scanner = Scanner(per_server_concurrent_connections_limit=2)
    scanner.queue_scans([ServerScanRequest(location, settings, scan_commands=commands)])
    [scan] = scanner.get_results()
    result = scan.scan_result
    assert result, scan.connectivity_error_trace
    for command in OLD:
        assert getattr(result, command.value).result.accepted_cipher_suites == []
    accepted = {suite.cipher_suite.openssl_name for suite in result.tls_1_2_cipher_suites.result.accepted_cipher_suites}
    assert accepted == set(ciphers.tls_ciphers(level).split(":"))
    assert len(result.tls_1_3_cipher_suites.result.accepted_cipher_suites) == 3
    assert not result.tls_compression.result.supports_compression
    assert not result.session_renegotiation.result.is_vulnerable_to_client_renegotiation_dos


def certificate(server: Server, suites: str = "DEFAULT") -> bytes:
    """The certificate (DER) that a TLS 1.2 client with ``suites`` gets on 587."""
    context = trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(suites)
    with smtplib.SMTP(server.ip, 587, local_hostname="client.test", timeout=20) as client:
        client.starttls(context=context)
        assert isinstance(client.sock, ssl.SSLSocket)
        return client.sock.getpeercert(binary_form=True) or b""


def der(pem: str) -> bytes:
    """PEM as DER."""
    return ssl.PEM_cert_to_DER_cert(pem)


def test_each_client_gets_the_certificate_that_it_can_check(server: Server) -> None:
    assert server.config
    assert certificate(server, "ECDHE-ECDSA-AES128-GCM-SHA256") == der((server.config / "ec.pem").read_text())
    assert certificate(server, "ECDHE-RSA-AES128-GCM-SHA256") == der((server.config / "rsa.pem").read_text())


@pytest.mark.parametrize(
    ("env", "offered"),
    [
        ({}, False),
        (DUAL, True),
        ({"SMTPD_TLS_SECURITY_LEVEL": "may"}, True),
        ({"SMTPD_TLS_SECURITY_LEVEL": "encrypt"}, True),
        ({**DUAL, "SMTPD_TLS_SECURITY_LEVEL": "none"}, False),
    ],
)
def test_starttls_on_25_is_the_operators_choice(lab: Lab, env: dict[str, str], offered: bool) -> None:
    server = lab.mailserver(f"choice{abs(hash(str(env)))}", dual_files(), env, hostname=HOST)
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=20) as client:
        client.ehlo()
        assert client.has_extn("STARTTLS") == offered
        if env.get("SMTPD_TLS_SECURITY_LEVEL") == "encrypt":
            assert client.mail("a@outside.test")[0] == 530
    lab.forget(server)


def served(lab: Lab, name: str, files: dict[str, str], env: dict[str, str], *options: str) -> tuple[bytes, Server]:
    """The certificate that a server with ``files`` and ``env`` serves."""
    server = lab.mailserver(name, {**CONFIG, **files}, env, *options, hostname=HOST)
    return certificate(server), server


def test_letsencrypt_folder(lab: Lab) -> None:
    chain, key = pair("*.tls.test", kind="rsa")
    folder = lab.folder({"live/tls.test/fullchain.pem": chain, "live/tls.test/privkey.pem": key})
    env = {"SSL_TYPE": "letsencrypt"}
    assert served(lab, "le", {}, env, "-v", f"{folder}:/etc/letsencrypt:ro")[0] == der(chain)


def test_letsencrypt_from_traefik(lab: Lab) -> None:
    chain, key = pair("*.tls.test")
    entry = {part: base64.b64encode(text.encode()).decode() for part, text in (("certificate", chain), ("key", key))}
    store = {"resolver": {"Certificates": [{"domain": {"main": "*.tls.test"}, **entry}]}}
    folder = lab.folder({"acme.json": json.dumps(store)})
    env = {"SSL_TYPE": "letsencrypt", "SSL_DOMAIN": "*.tls.test"}
    assert served(lab, "acme", {}, env, "-v", f"{folder}:/etc/letsencrypt:ro")[0] == der(chain)


def test_custom_and_self_signed_files(lab: Lab) -> None:
    chain, key = pair(HOST)
    assert served(lab, "custom", {f"ssl/{HOST}-full.pem": key + chain}, {"SSL_TYPE": "custom"})[0] == der(chain)
    files = {f"ssl/{HOST}-cert.pem": chain, f"ssl/{HOST}-key.pem": key, "ssl/demoCA/cacert.pem": pair("ca.test")[0]}
    assert served(lab, "selfsigned", files, {"SSL_TYPE": "self-signed"})[0] == der(chain)


def test_own_certificate_is_kept_and_told(lab: Lab) -> None:
    volume = lab.volume("state")
    first, server = served(lab, "own", {}, {}, "-v", f"{volume}:/var/mail-state")
    lab.forget(server)
    second, again = served(lab, "own2", {}, {}, "-v", f"{volume}:/var/mail-state")
    assert first == second
    said = again.sees("SHA-256").rsplit(" ", 1)[1]
    shown = again.run("openssl", "x509", "-in", "/etc/dms/tls/cert", "-noout", "-fingerprint", "-sha256")
    assert said == shown.strip().split("=")[1]
    lab.forget(again)
    renamed = lab.mailserver("own3", CONFIG, {}, "-v", f"{volume}:/var/mail-state", hostname="other.tls.test")
    assert certificate(renamed) != first
