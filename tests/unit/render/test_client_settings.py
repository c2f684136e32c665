"""The file that tells mail programs what to use follows from the ports that are open."""

from __future__ import annotations

import pytest

from mailwright.core import client_settings, paths
from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, mailserver

BASE = [("imap", 993), ("imap", 143)]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, [*BASE, ("smtp", 587)]),
        ({"ENABLE_SUBMISSIONS": "1"}, [*BASE, ("smtp", 465), ("smtp", 587)]),
        ({"ENABLE_SUBMISSIONS": "1", "ENABLE_SUBMISSION": "0"}, [*BASE, ("smtp", 465)]),
        ({"ENABLE_POP3": "1"}, [*BASE, ("pop3", 995), ("pop3", 110), ("smtp", 587)]),
        ({"ENABLE_IMAP": "0", "ENABLE_POP3": "1"}, [("pop3", 995), ("pop3", 110), ("smtp", 587)]),
        ({"ENABLE_MANAGESIEVE": "1"}, [*BASE, ("smtp", 587), ("sieve", 4190)]),
        ({"SMTP_ONLY": "1"}, []),
    ],
)
def test_the_offers_are_the_open_ports(environ: dict[str, str], expected: list[tuple[str, int]]) -> None:
    tree = render(mailserver(ACCOUNTS, ENABLE_WEB="1", **environ))
    settings = client_settings.load(tree[paths.CLIENT_SETTINGS].content)
    assert [(offer.protocol, offer.port) for offer in settings.offers] == expected
    assert all(offer.tls == ("TLS" if offer.port in (993, 995, 465) else "STARTTLS") for offer in settings.offers)
    assert settings.hostname == "mail.example.com"
    assert settings.domains == {"example.com"}
    assert (paths.PROFILE_KEY in tree) == bool(expected)


def test_only_the_signer_reads_its_key() -> None:
    key = render(mailserver(ACCOUNTS, ENABLE_WEB="1"))[paths.PROFILE_KEY]
    assert (key.mode, key.owner, key.secret) == (0o400, "_profiles:_profiles", True)


def test_nothing_of_it_without_the_web_server() -> None:
    tree = render(mailserver(ACCOUNTS))
    assert not [path for path in tree if path.startswith("web/")]
    assert "signed-profile" not in tree["dovecot/dovecot.conf"].content
