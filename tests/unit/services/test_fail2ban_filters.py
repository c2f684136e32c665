"""Which failed logins count for a ban."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mailwright

FILTERS = Path(mailwright.__file__).parent / "rootfs" / "etc" / "fail2ban" / "filter.d"
START = " mail.example.com"  # fail2ban takes the time away
SUBMISSION = f"{START} postfix/submission/smtpd[58]: warning: unknown[192.0.2.7]:"


def banned(name: str, line: str) -> str:
    """The address that fail2ban would count the line for, or nothing."""
    patterns = (FILTERS / name).read_text().partition("failregex = ")[2].splitlines()
    assert patterns
    matches = (re.match(each.strip().replace("<HOST>", r"(?P<host>[0-9a-f.:]+)"), line) for each in patterns)
    return next((match["host"] for match in matches if match), "")


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("SASL PLAIN authentication failed: (reason unavailable), sasl_username=a@b.c", True),
        ("SASL LOGIN authentication failed: (reason unavailable), sasl_username=Connection lost to", True),
        ("SASL PLAIN authentication failed: Connection lost to authentication server, sasl_username=a@b.c", False),
        ("SASL XOAUTH2 authentication failed: (reason unavailable), sasl_username=a@b.c", False),
        ("SASL OAUTHBEARER authentication failed: (reason unavailable), sasl_username=a@b.c", False),
    ],
)
def test_logins_on_587(line: str, counts: bool) -> None:
    assert banned("mailwright-postfix-sasl.conf", f"{SUBMISSION} {line}") == ("192.0.2.7" if counts else "")


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("Error: rimap: Authentication failed: [AUTHENTICATIONFAILED] Wrong password", True),
        ("Error: rimap: Authentication failed: LOGIN failed.", True),
        ("Error: rimap: Authentication failed: [UNAVAILABLE] Try again", False),
        ("Error: rimap: imapc(imap.example.org:143): Authentication failed: [AUTHENTICATIONFAILED] Wrong", False),
        ("Error: rimap: Disconnected from server", False),
        ("passwd-file: Password mismatch", False),
    ],
)
def test_logins_at_the_imap_server_of_saslauthd(said: str, counts: bool) -> None:
    line = f"{START} dovecot: auth(a@b.c,192.0.2.7,sasl:plain): {said}"
    assert banned("mailwright-postfix-sasl.conf", line) == ("192.0.2.7" if counts else "")


@pytest.mark.parametrize(
    ("where", "counts"),
    [
        ("a@b.c,192.0.2.7,sasl:plain", True),
        ("a@b.c,192.0.2.7", False),
        ("sasl:xoauth2,192.0.2.7,sasl:plain", True),
        ("a@b.c,192.0.2.7,sasl:xoauth2", False),
        ("a@b.c,2001:db8::7,sasl:oauthbearer", False),
        ("a@b.c,2001:db8::7,sasl:login", True),
    ],
)
def test_logins_at_dovecot(where: str, counts: bool) -> None:
    line = f"{START} dovecot: auth({where})<W0ghnTxhxuIKogUB>: passwd-file: unknown user"
    assert banned("mailwright-dovecot.conf", line) == (where.split(",")[1] if counts else "")
