"""Escapes for old clients, through override files; each is shut by default (docs/how-to/old-clients.md)."""

from __future__ import annotations

import smtplib

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.lab import PASSWORD, Lab, Server, accounts, message, trusting

RELAXED_587 = """\
submission/inet/smtpd_tls_security_level=may
submission/inet/smtpd_tls_auth_only=no
"""
LOGIN_ON_25 = """\
smtp/inet/smtpd_sasl_auth_enable=yes
"""
LOGIN_ON_25_IN_CLEAR_TEXT = """\
smtp/inet/smtpd_sasl_auth_enable=yes
smtp/inet/smtpd_tls_auth_only=no
"""


def escaped(lab: Lab, name: str, master: str, env: dict[str, str] | None = None) -> Server:
    """A server with ``master`` as its postfix-master.cf."""
    return lab.mailserver(name, {"postfix-accounts.cf": accounts(ALICE, BOB), "postfix-master.cf": master}, env)


def send(server: Server, port: int, *, tls: bool, sender: str = ALICE, to: str = BOB) -> str:
    """Logs in as alice and sends; the Message-ID."""
    mail = message(sender, to)
    with smtplib.SMTP(server.ip, port, local_hostname="client.test", timeout=20) as client:
        if tls:
            client.starttls(context=trusting())
        client.login(ALICE, PASSWORD)
        client.send_message(mail, sender, [to])
    return str(mail["Message-ID"])


@pytest.mark.parametrize(("port", "tls"), [(587, False), (25, False), (25, True)])
def test_shut_by_default(server: Server, port: int, tls: bool) -> None:
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(server, port, tls=tls)


@pytest.fixture(scope="module")
def relaxed(lab: Lab) -> Server:
    """587 that offers TLS and does not demand it."""
    return escaped(lab, "relaxed", RELAXED_587)


@pytest.mark.parametrize("tls", [False, True])
def test_submission_with_tls_relaxed(relaxed: Server, tls: bool) -> None:
    relaxed.receives(BOB, send(relaxed, 587, tls=tls))


def test_relaxed_submission_keeps_a_login_to_its_own_addresses(relaxed: Server) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="not owned by user"):
        send(relaxed, 587, tls=False, sender=BOB)


@pytest.mark.parametrize("recipient", [BOB, "victim@outside.test"])
def test_relaxed_submission_still_demands_a_login(relaxed: Server, recipient: str) -> None:
    with smtplib.SMTP(relaxed.ip, 587, local_hostname="client.test", timeout=20) as client:
        client.ehlo()
        client.mail("stranger@outside.test")
        assert client.rcpt(recipient)[0] == 554


def test_submission_on_25_with_tls(lab: Lab) -> None:
    server = escaped(lab, "on25", LOGIN_ON_25, {"SMTPD_TLS_SECURITY_LEVEL": "may"})
    server.receives(BOB, send(server, 25, tls=True))
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(server, 25, tls=False)


@pytest.fixture(scope="module")
def clear(lab: Lab) -> Server:
    """AUTH on 25 without any TLS."""
    return escaped(lab, "clear25", LOGIN_ON_25_IN_CLEAR_TEXT)


def test_submission_on_25_without_tls(clear: Server) -> None:
    clear.receives(BOB, send(clear, 25, tls=False))


def test_a_login_on_25_keeps_to_its_own_addresses(clear: Server) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="not owned by user"):
        send(clear, 25, tls=False, sender=BOB)


def test_strangers_still_do_not_relay(clear: Server) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="Relay access denied"):
        clear.deliver("stranger@outside.test", "victim@outside.test")


def test_others_still_deliver_on_25(clear: Server) -> None:
    clear.receives(BOB, clear.deliver("stranger@outside.test", BOB))
