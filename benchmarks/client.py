"""What a client sees: whether a login works, whether mail is accepted, which certificate is shown, and how soon."""

import imaplib
import smtplib
import socket
import time
from collections.abc import Callable

from benchmarks.greeting import tls_of_any_name
from benchmarks.subject import PASSWORD

DEADLINE = 60.0


def seconds(done: Callable[[], bool], started: float | None = None) -> float:
    """The seconds from `started` (default: now) until `done`, which is called all the time; nan after the deadline."""
    started = time.monotonic() if started is None else started
    while not done():
        if time.monotonic() > started + DEADLINE:
            return float("nan")
        time.sleep(0.005)
    return time.monotonic() - started


def logs_in(ip: str, login: str) -> bool:
    """True when an IMAP login works; Dovecot delays the answer to a failed one by two seconds."""
    client = imaplib.IMAP4_SSL(ip, 993, ssl_context=tls_of_any_name())
    try:
        client.login(login, PASSWORD)
    except imaplib.IMAP4.error:
        return False
    finally:
        client.shutdown()
    return True


def takes(ip: str, recipient: str) -> bool:
    """True when port 25 accepts mail for the recipient."""
    with smtplib.SMTP(ip, 25, local_hostname="client.outside.test", timeout=30) as client:
        client.ehlo()
        client.mail("friend@outside.test")
        return client.rcpt(recipient)[0] == 250


def certificate(ip: str) -> bytes:
    """The certificate that a new session on 993 shows; empty where there is none."""
    try:
        with socket.create_connection((ip, 993), timeout=30) as plain, tls_of_any_name().wrap_socket(plain) as session:
            return session.getpeercert(binary_form=True) or b""
    except OSError:
        return b""
