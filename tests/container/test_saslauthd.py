"""ENABLE_SASLAUTHD with rimap: another IMAP server checks the passwords of submission."""

from __future__ import annotations

import imaplib
import smtplib
from typing import NamedTuple

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import until
from tests.container.lab import PASSWORD, Lab, Server, accounts, trusting
from tests.pki import pair

TLS = "/tmp/docker-mailserver/ssl"
RIMAP = {"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap", "SASLAUTHD_MECH_OPTIONS": "imap.other.test"}
REMOTE = RIMAP["SASLAUTHD_MECH_OPTIONS"]
ELSEWHERE, HERE = PASSWORD, "only-here"


class Both(NamedTuple):
    """The server of users, and the IMAP server that knows their passwords."""

    front: Server
    remote: Server


@pytest.fixture(scope="module")
def both(lab: Lab) -> Both:
    certificate, key = pair(REMOTE)
    remote = lab.mailserver(
        "remote",
        {"postfix-accounts.cf": accounts(ALICE), "ssl/cert.pem": certificate, "ssl/key.pem": key},
        {"SSL_TYPE": "manual", "SSL_CERT_PATH": f"{TLS}/cert.pem", "SSL_KEY_PATH": f"{TLS}/key.pem"},
    )
    lab.zone(f"host-record={REMOTE},{remote.ip}")
    files = {"postfix-accounts.cf": accounts(BOB), "ssl/ca.pem": certificate, "ssl/other.pem": pair(REMOTE)[0]}
    front = lab.mailserver("front", files | {"mailserver.env": f"SASLAUTHD_RIMAP_CA_FILE={TLS}/ca.pem\n"}, RIMAP)
    front.run("setup", "email", "add", ALICE, HERE)
    return Both(front, remote)


def login(server: Server, address: str, password: str) -> int:
    """SMTP's answer to a login on 587."""
    with smtplib.SMTP(server.ip, 587, timeout=20) as client:
        client.starttls(context=trusting())
        client.ehlo()
        client.user, client.password = address, password
        try:
            return client.auth("PLAIN", client.auth_plain)[0]
        except smtplib.SMTPAuthenticationError as error:
            return error.smtp_code


def test_passwords(both: Both) -> None:
    front = both.front
    assert [login(front, ALICE, word) for word in (ELSEWHERE, HERE)] == [235, 235]
    assert login(front, BOB, PASSWORD) == 235
    assert BOB not in both.remote.log()  # a password that is right here is told to nobody
    counted = f"auth({ALICE},{front.ip.rpartition('.')[0]}.1,sasl:plain): Error: rimap: Authentication failed: "
    assert counted not in front.log()
    # Dovecot 2.4.1 takes the other server's "wrong password" for a failure. fail2ban counts this line.
    assert login(front, ALICE, "wrong") == 454
    front.sees(counted + "[AUTHENTICATIONFAILED]")
    front.imap(ALICE, HERE).logout()
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        front.imap(ALICE, ELSEWHERE)
    assert front.config
    (front.config / "mailserver.env").write_text(f"SASLAUTHD_RIMAP_CA_FILE={TLS}/other.pem\n")
    until("the change", front.is_settled)
    assert login(front, ALICE, ELSEWHERE) == 454
    front.sees("Received invalid SSL certificate")
    assert front.log().count(counted) == 1
    assert login(front, BOB, PASSWORD) == 235
