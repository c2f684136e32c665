"""The fine print of TLS, asked by OpenSSL's own client: key exchange, signatures, fingerprint."""

from __future__ import annotations

import hashlib
import ssl

import pytest

from tests.container.conftest import ALICE
from tests.container.docker import CLIENTS
from tests.container.lab import Lab, Server, accounts
from tests.container.test_tls import DUAL, HOST, certificate, dual_files

STARTTLS = {25: "smtp", 587: "smtp", 143: "imap", 110: "pop3"}
PORTS = (25, 587, 465, 143, 993, 110, 995)
GROUPS = {"X25519MLKEM768": True, "X25519": True, "P-256": True, "P-384": True}
REFUSED = dict.fromkeys(("P-521", "X448", "secp256k1", "ffdhe2048"), False)
SIGNATURES = {"ecdsa_secp256r1_sha256": True, "rsa_pkcs1_sha256": True, "RSA+SHA1": False, "ECDSA+SHA1": False}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    """Every door open, with an ECDSA and an RSA certificate."""
    return lab.mailserver("doors", dual_files(), {"ENABLE_SUBMISSIONS": "1", "ENABLE_POP3": "1", **DUAL}, hostname=HOST)


@pytest.fixture(scope="module")
def client(lab: Lab) -> Server:
    """A machine with openssl."""
    return lab.container("client", image=CLIENTS, command=("sleep", "infinity"))


def shakes_hands(client: Server, server: Server, port: int, *options: str) -> bool:
    """Whether TLS comes up for a client with ``options`` of openssl-s_client(1)."""
    starttls = ("-starttls", STARTTLS[port]) if port in STARTTLS else ()
    command = ("openssl", "s_client", "-connect", f"{server.ip}:{port}", *starttls, *options)
    said = client.run("timeout", "20", *command, check=False, text="")
    assert "CONNECTED(" in said, said
    return "New, TLSv1" in said


@pytest.mark.parametrize("port", PORTS)
def test_key_exchange(client: Server, server: Server, port: int) -> None:
    groups = {**GROUPS, **REFUSED}
    assert {group: shakes_hands(client, server, port, "-groups", group) for group in groups} == groups


@pytest.mark.parametrize("port", PORTS)
def test_no_signature_with_sha_1(client: Server, server: Server, port: int) -> None:
    # A client of today would not even ask for SHA-1.
    old = ("-tls1_2", "-cipher", "DEFAULT@SECLEVEL=0", "-sigalgs")
    assert {name: shakes_hands(client, server, port, *old, name) for name in SIGNATURES} == SIGNATURES


def test_the_log_tells_the_certificate_that_clients_see(lab: Lab) -> None:
    own = lab.mailserver("fingerprint", {"postfix-accounts.cf": accounts(ALICE)}, hostname=HOST)
    served = certificate(own)
    assert own.sees("SHA-256").rsplit(" ", 1)[1] == hashlib.sha256(served).digest().hex(":").upper()
    assert f"DNS:{HOST}" in own.run(
        "openssl", "x509", "-noout", "-ext", "subjectAltName", text=ssl.DER_cert_to_PEM_cert(served)
    )
