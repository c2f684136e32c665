"""Certificates renewed by somebody else while mail flows: new sessions get the new one, and nothing is cut."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import smtplib
import ssl
import time
from functools import partial
from pathlib import Path

import pytest

from tests import pki
from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts, trusting
from tests.container.test_reloads import arrives, idling

NAME = "mail.example.test"


class Certbot:
    """The folders that certbot keeps: archive/ with numbers, live/ with links that it moves one by one."""

    def __init__(self, root: Path, name: str = NAME) -> None:
        self.archive, self.live, self.number = root / "archive" / name, root / "live" / name, 0
        self.root = root
        for folder in (self.archive, self.live):
            folder.mkdir(parents=True)

    def renew(self, chain: str, key: str) -> None:
        self.number += 1
        for name, text in (("fullchain", chain), ("privkey", key)):
            (self.archive / f"{name}{self.number}.pem").write_text(text)
            link = self.live / f"{name}.pem"
            link.unlink(missing_ok=True)
            link.symlink_to(f"../../archive/{self.archive.name}/{name}{self.number}.pem")


def digest(pem: str) -> str:
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()


def served(server: Server, port: int) -> str:
    """The digest of the certificate that a new session on ``port`` gets."""
    if port == 993:
        client = server.imap(ALICE)
        certificate = client.sock.getpeercert(binary_form=True)  # type: ignore[attr-defined]
        client.logout()
    else:
        with smtplib.SMTP(server.ip, port, local_hostname="client.test", timeout=30) as smtp:
            smtp.starttls(context=trusting())
            certificate = smtp.sock.getpeercert(binary_form=True)  # type: ignore[union-attr]
    return hashlib.sha256(certificate).hexdigest()


def is_served(server: Server, port: int, chain: str) -> bool:
    return served(server, port) == digest(chain)


@pytest.fixture(scope="module")
def certbot(lab: Lab) -> Certbot:
    return Certbot(lab.folder({}))


@pytest.fixture(scope="module")
def server(lab: Lab, certbot: Certbot) -> Server:
    certbot.renew(*pki.pair(NAME))
    mount = ("-v", f"{certbot.root}:/etc/letsencrypt:ro")
    config = {"postfix-accounts.cf": accounts(ALICE, BOB)}
    return lab.mailserver("example", config, {"SSL_TYPE": "letsencrypt"}, *mount)


def test_renewed_under_load(server: Server, certbot: Certbot) -> None:
    with idling(server, BOB) as client, smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=30) as half:
        half.starttls(context=trusting())
        half.ehlo()
        half.mail("friend@outside.test")
        half.rcpt(BOB)
        for _ in range(2):
            chain, key = pki.pair(NAME)
            certbot.renew(chain, key)
            renewed = time.monotonic()
            for port in (993, 587, 25):
                until(f"the new certificate on {port}", partial(is_served, server, port, chain))
            print(f"live after {time.monotonic() - renewed:.2f} s")
            server.deliver("friend@outside.test", BOB)
            assert arrives(client)
        assert half.data(b"Subject: half\r\nMessage-ID: <renewed@client.test>\r\n\r\nx\r\n")[0] == 250
    server.receives(BOB, "<renewed@client.test>")


@pytest.mark.parametrize("bad", ["empty", "foreign key", "rubbish", "half"])
def test_a_bad_renewal_keeps_the_old_one(server: Server, certbot: Certbot, bad: str) -> None:
    before = served(server, 993)
    chain, key = pki.pair(NAME)
    certbot.renew(
        {"empty": "", "rubbish": "no PEM", "half": chain[:200]}.get(bad, chain),
        pki.pair(NAME)[1] if bad == "foreign key" else key,
    )
    said = {"empty": "is empty", "foreign key": "does not fit"}.get(bad, "holds no certificate in PEM form")
    until("the problem", lambda: said in server.run("python3", "-m", "mailwright.programs.health"))
    assert [served(server, port) for port in (993, 587, 25)] == [before] * 3
    certbot.renew(chain, key)
    until("the mended one", partial(is_served, server, 993, chain))
    # The daemons have it a moment before the pass that brings it writes down its outcome.
    until("health", lambda: server.run("python3", "-m", "mailwright.programs.health").strip() == "healthy")


def test_a_new_folder_of_certbot_on_a_running_server(server: Server, certbot: Certbot) -> None:
    """certbot makes live/NAME-0001 when it is asked anew; the best certificate of all folders is used."""
    before = served(server, 993)
    anew, (chain, key) = Certbot(certbot.root, f"{NAME}-0001"), pki.pair(NAME, days=180)
    anew.renew(chain, key)
    for port in (993, 587, 25):
        until(f"the new certificate on {port}", partial(is_served, server, port, chain))
    shutil.rmtree(anew.live)
    until("the other one again", lambda: served(server, 993) == before)


def test_renewed_by_traefik(lab: Lab) -> None:
    folder = lab.folder({})

    def store(chain: str, key: str) -> None:
        entry = {"domain": {"main": NAME}, "certificate": coded(chain), "key": coded(key)}
        (folder / "acme.json").write_text(json.dumps({"le": {"Certificates": [entry]}}))

    store(*pki.pair(NAME))
    config = {"postfix-accounts.cf": accounts(ALICE)}
    mount = ("-v", f"{folder}:/etc/letsencrypt:ro")
    server = lab.mailserver("traefik", config, {"SSL_TYPE": "letsencrypt"}, *mount, hostname=NAME)
    chain, key = pki.pair(NAME)
    store(chain, key)
    until("the new certificate", partial(is_served, server, 993, chain))
    lab.forget(server)


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
