"""Who gets in between the nodes of a cluster: a node of the right role, with a certificate, and nobody else."""

from __future__ import annotations

import http.client
import imaplib
import socket
import ssl

import pytest

from mailwright.core import sockets
from mailwright.observe.dialogues import NEGOTIATION
from tests.container.cluster import ALICE, BACKENDS, BOB, STRANGER, Authority, Cluster, as_node, cluster
from tests.container.databases import SECONDS
from tests.container.docker import IMAGE, docker, until
from tests.container.lab import PASSWORD, Lab, Server, trusting

OPENED = "whoever reaches this backend could open every mailbox"


@pytest.fixture(scope="module")
def made(lab: Lab) -> Cluster:
    """The cluster."""
    return cluster(lab)


def _as_front(made: Cluster, backend: Server) -> imaplib.IMAP4_SSL:
    """A connection with the certificate of a front."""
    context = as_node(made.ca.files("front", "front"), made.lab)
    return imaplib.IMAP4_SSL(backend.ip, 993, ssl_context=context, timeout=SECONDS)


@pytest.mark.parametrize("node", BACKENDS)
def test_nobody_logs_in_at_a_backend_who_is_no_node(made: Cluster, node: str) -> None:
    backend = made.nodes[node]
    foreign = as_node(Authority().files("front", "front"), made.lab)
    for context in (trusting(), foreign):
        try:
            client = imaplib.IMAP4_SSL(backend.ip, 993, ssl_context=context, timeout=SECONDS)
        except imaplib.IMAP4.abort:
            continue
        # A certificate whose signature is wrong ends the connection.
        with pytest.raises(imaplib.IMAP4.error, match=r"valid SSL certificate|EOF"):
            client.login(ALICE, PASSWORD)
        client.shutdown()
    of_filter = as_node(made.ca.files("filter", "filter"), made.lab)
    client = imaplib.IMAP4_SSL(backend.ip, 993, ssl_context=of_filter, timeout=SECONDS)
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        client.login(ALICE, PASSWORD)
    client.shutdown()
    own = imaplib.IMAP4_SSL(
        backend.ip, 993, ssl_context=as_node(made.ca.files("front", "front"), made.lab), timeout=SECONDS
    )
    who = next(address for address in (ALICE, BOB) if made.backend_of(address) is backend)
    assert own.authenticate("PLAIN", lambda _: f"{who}\0front\0-".encode())[0] == "OK"
    own.logout()


@pytest.mark.parametrize(
    ("node", "port", "role"),
    [
        ("backend-1", sockets.LMTP, "front"),
        ("front", sockets.SIEVE_OWN, "backend"),
        ("front", sockets.SIEVE_PASSED_ON, "backend"),
        ("filter", sockets.MILTER, "front"),
        ("filter", sockets.SUBMISSION_MILTER, "front"),
        ("filter", sockets.CONTROLLER, "backend"),
    ],
)
def test_a_door_between_nodes_opens_for_nodes_of_one_role(made: Cluster, node: str, port: int, role: str) -> None:
    foreign = as_node(Authority().files("front", "front"), made.lab)
    others = [as_node(made.ca.files(other, other), made.lab) for other in {"front", "backend", "filter"} - {role}]
    ways = (None, trusting(), foreign, *others)
    assert [_answers(made.nodes[node].ip, port, context) for context in ways] == [b""] * 5
    assert _answers(made.nodes[node].ip, port, as_node(made.ca.files(role, role), made.lab))


def _answers(ip: str, port: int, context: ssl.SSLContext | None) -> bytes:
    """What a port between nodes says; nothing if it closes the connection."""
    asks = {sockets.CONTROLLER: b"POST /learnham HTTP/1.0\r\nContent-Length: 17\r\n\r\nSubject: x\r\n\r\nhi\n"}
    asked = asks.get(port, NEGOTIATION if port in (sockets.MILTER, sockets.SUBMISSION_MILTER) else b"")
    try:
        with socket.create_connection((ip, port), SECONDS) as plain:
            with context.wrap_socket(plain) if context else plain as client:
                client.sendall(asked if context else b"QUIT\r\n")
                said = client.recv(100)
    except (OSError, ssl.SSLError):
        return b""
    # nginx's own answers to whoever has no certificate, or one of another role.
    if said.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 ")):
        return b""
    return said if context else said.removeprefix(b"\x15\x03\x03\x00\x02\x02")


@pytest.mark.parametrize(("method", "path"), [("GET", "/ping"), ("GET", "/history"), ("POST", "/saveactions")])
def test_a_backend_makes_a_filter_learn_and_nothing_else(made: Cluster, method: str, path: str) -> None:
    context = as_node(made.ca.files("backend", "backend-1"), made.lab)
    client = http.client.HTTPSConnection(made.nodes["filter"].ip, sockets.CONTROLLER, timeout=SECONDS, context=context)
    client.request(method, path, "[1000, 900, 800, 700]")
    assert client.getresponse().status == 403
    client.close()


def test_a_backend_has_no_other_port(made: Cluster) -> None:
    for port in (25, 587, 465, 80, 443):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((made.nodes["backend-1"].ip, port), SECONDS)


def test_a_backend_serves_its_own_accounts_only(made: Cluster) -> None:
    """Else mail would be split when a user has moved."""
    other = next(made.nodes[name] for name in BACKENDS if made.nodes[name] is not made.backend_of(ALICE))
    own = imaplib.IMAP4_SSL(
        other.ip, 993, ssl_context=as_node(made.ca.files("front", "front"), made.lab), timeout=SECONDS
    )
    with pytest.raises(imaplib.IMAP4.error):
        own.authenticate("PLAIN", lambda _: f"{ALICE}\0front\0-".encode())
    own.shutdown()
    other.sees(f"the mail of {ALICE} is on")


@pytest.mark.parametrize(
    "text",
    [
        "auth_ssl_require_client_cert = no\n",
        "protocol imap {\n  auth_ssl_require_client_cert = no\n}\n",
        "protocol pop3 {\n  auth_ssl_username_from_cert = no\n}\n",
        "protocol imap {\n  ssl_server_ca_file = /etc/ssl/certs/ca-certificates.crt\n}\n",
        "local 0.0.0.0/0 {\n  ssl_server_cert_username_field = commonName\n}\n",
    ],
)
def test_no_override_opens_a_backend(made: Cluster, text: str) -> None:
    node = made.nodes["backend-1"]
    assert node.config
    override, before = node.config / "dovecot.cf", node.log().count(OPENED)
    override.write_text(text)
    try:
        until("the refusal", lambda: node.log().count(OPENED) > before)
        assert "auth_ssl_require_client_cert = yes" in node.run("doveconf", "-n")
        assert not node.run("sh", "-c", "grep -rE 'cert = no|commonName' /etc/dovecot/ || :")
    finally:
        override.unlink()
    until("the former files", node.is_settled)


def test_no_file_of_an_override_opens_a_backend(made: Cluster) -> None:
    """One that only Dovecot reads."""
    node = made.nodes["backend-1"]
    assert node.config
    override, before = node.config / "dovecot.cf", node.log().count(OPENED)
    node.run("tee", "/tmp/hidden.conf", text="protocol imap {\n  auth_ssl_require_client_cert = no\n}\n")
    node.run("tee", "/tmp/seen.conf", text="!include /tmp/hidden.conf\n")
    override.write_text("!include /tmp/seen.conf\n")
    try:
        until("the refusal", lambda: node.log().count(OPENED) > before)
    finally:
        override.unlink()
    until("the former files", node.is_settled)


def test_mail_in_the_queue_of_a_former_front_is_not_forgotten(made: Cluster) -> None:
    files = {**made.accounts.files, **made.ca.files("backend", "backend-3")}
    state = made.lab.volume("former")
    queue = "/var/mail-state/spool-postfix/deferred/A"
    volume = ("-v", f"{state}:/var/mail-state")
    docker("run", "--rm", *volume, "--entrypoint", "install", IMAGE, "-D", "/dev/null", f"{queue}/A1")
    server = made.lab.mailserver("former", files, made.environ("backend", "backend-3"), *volume, ready=())
    server.sees("1 mail in the queue of this volume would wait for ever with ROLE=backend")


def test_a_renewed_certificate_is_live(made: Cluster) -> None:
    node = made.nodes["backend-2"]
    assert node.config
    before = _fingerprint(node)
    for name, text in made.ca.files("backend", "backend-2").items():
        (node.config / name).write_text(text)
    until("another certificate", lambda: _fingerprint(node) != before)
    made.front.receives(BOB, made.front.deliver(STRANGER, BOB))


def _fingerprint(node: Server) -> bytes:
    context = trusting()
    with socket.create_connection((node.ip, 993), SECONDS) as plain, context.wrap_socket(plain) as client:
        return client.getpeercert(binary_form=True) or b""
