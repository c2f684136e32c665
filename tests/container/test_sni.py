"""Several certificates: who asks by a name gets that name's, also when it is renewed under way."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
from functools import partial
from pathlib import Path

import pytest

from tests import pki
from tests.container.conftest import ALICE
from tests.container.docker import CLIENTS, until
from tests.container.lab import Lab, Server, accounts
from tests.container.test_renewal import Certbot

HOST, BOUGHT, LIVE, WILD = "mail.example.test", "mail.bought.test", "mail.live.test", "mail.wild.test"
PORTS = {25: "smtp", 587: "smtp", 465: "", 143: "imap", 993: "", 110: "pop3", 995: "", 4190: "sieve"}


def files(name: str, *others: str, kind: str = "ec") -> tuple[dict[str, str], str]:
    """The operator's own files for ``name``, and the chain."""
    chain, key = pki.pair(name, *others, kind=kind)
    return {f"ssl/{name}/fullchain.pem": chain, f"ssl/{name}/privkey.pem": key}, chain


class Certificates:
    """What the server has: by name, the chain that a client should get."""

    def __init__(self, root: Path) -> None:
        self.bots = {name: Certbot(root, name) for name in (HOST, LIVE, "wild.test")}
        self.config, bought = files(BOUGHT, "imap.bought.test", kind="rsa")
        self.chains = {BOUGHT: bought, "imap.bought.test": bought}
        for name in (HOST, LIVE):
            self.renew(name)
        chain, key = pki.pair("*.wild.test")
        self.bots["wild.test"].renew(chain, key)
        self.chains |= {WILD: chain, "other.wild.test": chain, "unknown.test": self.chains[HOST]}

    def renew(self, name: str) -> None:
        self.chains[name], key = pki.pair(name)
        self.bots[name].renew(self.chains[name], key)


@pytest.fixture(scope="module")
def certificates(lab: Lab) -> Certificates:
    return Certificates(lab.folder({}))


@pytest.fixture(scope="module")
def server(lab: Lab, certificates: Certificates) -> Server:
    """A Mailwright with four certificates and every port."""
    mount = ("-v", f"{certificates.bots[HOST].root}:/etc/letsencrypt:ro")
    config = {"postfix-accounts.cf": accounts(ALICE), **certificates.config}
    on = dict.fromkeys(("ENABLE_SUBMISSIONS", "ENABLE_POP3", "ENABLE_MANAGESIEVE"), "1")
    env = {"SSL_TYPE": "letsencrypt", "SSL_SNI_DOMAINS": f"{BOUGHT},{LIVE},{WILD}", **on}
    return lab.mailserver("example", config, env, *mount)


@pytest.fixture(scope="module")
def client(lab: Lab) -> Server:
    """Somebody with openssl."""
    return lab.container("client", image=CLIENTS, command=("sleep", "infinity"))


def digest(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()[:16]


def served(client: Server, server: Server, name: str, ports: dict[int, str]) -> set[str]:
    """The digests of the certificates that openssl gets by ``name``."""
    starts = [f"-connect {server.ip}:{port} {f'-starttls {kind}' if kind else ''}" for port, kind in ports.items()]
    asked = "; ".join(f"openssl s_client {start} -servername {name} </dev/null 2>&1" for start in starts)
    pems = re.findall(r"-----BEGIN CERT.*?-----END CERTIFICATE-----", client.run("sh", "-c", asked), re.DOTALL)
    assert len(pems) == len(ports)
    return {digest(pem) for pem in pems}


def gets(client: Server, server: Server, name: str, chain: str, *ports: int) -> bool:
    """Whether ``name`` is answered with ``chain`` on all ``ports`` (all: none is given)."""
    asked = {port: PORTS[port] for port in ports or PORTS}
    return served(client, server, name, asked) == {digest(chain)}


@pytest.mark.parametrize(
    "name", [HOST, BOUGHT, "imap.bought.test", LIVE, LIVE.upper(), WILD, "other.wild.test", "unknown.test"]
)
def test_each_name_has_its_certificate(client: Server, server: Server, certificates: Certificates, name: str) -> None:
    assert gets(client, server, name, certificates.chains[name.lower()])


def test_one_is_renewed(client: Server, server: Server, certificates: Certificates) -> None:
    certificates.renew(LIVE)
    for port in PORTS:
        until(f"the new one on {port}", partial(gets, client, server, LIVE, certificates.chains[LIVE], port))
    assert gets(client, server, BOUGHT, certificates.chains[BOUGHT])
    assert gets(client, server, HOST, certificates.chains[HOST])


def test_a_bad_one_is_named_and_the_good_one_stays(client: Server, server: Server, certificates: Certificates) -> None:
    assert server.config
    place = server.config / "ssl" / BOUGHT / "fullchain.pem"
    place.write_text(pki.pair(BOUGHT)[0])
    server.sees(f"ssl/{BOUGHT}/privkey.pem: the key does not fit the certificate in")
    server.sees("keeping the running configuration")
    assert gets(client, server, BOUGHT, certificates.chains[BOUGHT], 25, 993)
    place.write_text(certificates.chains[BOUGHT])
    until("problems resolved", server.is_settled)


def test_what_is_told(server: Server) -> None:
    used = json.loads(server.run("setup", "status", "--json"))["certificates"]
    assert [one["names"] for one in used] == [[HOST], [BOUGHT, "imap.bought.test"], [LIVE], ["*.wild.test"]]
    zone = server.run("setup", "dns", "--zone")
    for name in (HOST, BOUGHT, LIVE, WILD):
        assert re.search(rf"^_25\._tcp\.{re.escape(name)}\. .*TLSA", zone, re.MULTILINE), zone
    assert "not matched" not in "".join(line for line in server.log().splitlines() if "unknown.test" not in line)
