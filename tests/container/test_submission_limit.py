"""SUBMISSION_LIMIT: what a stolen password, or a script that it uploads, can send in an hour."""

from __future__ import annotations

import smtplib

import pytest

from tests.container.docker import CLIENTS, until
from tests.container.lab import PASSWORD, Lab, Server, accounts, trusting
from tests.container.sender import hand_over, mail, message_id

ALICE, POSTMASTER, SIEVE = "alice@limit.test", "postmaster@limit.test", "sieve@limit.test"
REDIRECT = 'require ["variables", "subaddress"]; if address :matches :detail "to" "*=*" { redirect "${1}@${2}"; }\n'


@pytest.fixture(scope="module")
def outside(lab: Lab) -> Server:
    """A client with an address of its own."""
    return lab.container("outside", image=CLIENTS, command=("sleep", "infinity"))


@pytest.fixture(scope="module")
def limited(lab: Lab) -> Server:
    """A server with SUBMISSION_LIMIT=3."""
    config = {
        "postfix-accounts.cf": accounts(ALICE, POSTMASTER, SIEVE),
        f"{SIEVE}.dovecot.sieve": REDIRECT,
    }
    return lab.mailserver("limit", config, {"ENABLE_RSPAMD": "1", "SUBMISSION_LIMIT": "3"})


def test_a_mail_to_more_recipients_than_the_limit_is_refused(limited: Server) -> None:
    with smtplib.SMTP(limited.ip, 587, local_hostname="client.test", timeout=30) as client:
        client.starttls(context=trusting())
        client.login(ALICE, PASSWORD)
        recipients = [f"alice+{number}@limit.test" for number in range(100)]
        with pytest.raises(smtplib.SMTPDataError, match="100 recipients are more than the 3 of SUBMISSION_LIMIT"):
            client.sendmail(ALICE, recipients, mail(ALICE, ALICE))


def test_a_stolen_password_sends_no_more_than_the_limit(limited: Server) -> None:
    """Mail to a postmaster counts as well."""
    limited.submit(ALICE, ALICE)
    limited.submit(ALICE, POSTMASTER)
    limited.submit(ALICE, POSTMASTER)
    with pytest.raises(smtplib.SMTPDataError, match="Ratelimit") as refusal:
        limited.submit(ALICE, POSTMASTER)
    assert refusal.value.smtp_code == 451
    about = f"Subject: {ALICE} sends more than SUBMISSION_LIMIT allows"
    told = until("the postmaster's mail", lambda: [it for it in limited.mails(POSTMASTER) if about in it])
    assert len(told) <= 2  # one of each of Rspamd's two processes


def test_a_script_sends_no_more_than_the_limit(limited: Server, outside: Server) -> None:
    """What it may not send waits in the queue, and the user can still send."""
    trap = "sieve+postmaster=limit.test@limit.test"
    texts = [mail("x@outside.test", trap) for _ in range(5)]
    for text in texts:
        assert hand_over(outside, limited, text, "x@outside.test", trap) == "250"

    def counts() -> tuple[int, int]:
        box = "".join(limited.mails(POSTMASTER))
        return sum(message_id(text) in box for text in texts), limited.run("postqueue", "-j").count('"deferred"')

    until("three redirected and two that wait", lambda: counts() == (3, 2))
    limited.submit(SIEVE, SIEVE)
