from __future__ import annotations

import pytest

from mailwright.services.dovecot import DOVECOT
from mailwright.services.dovecot.accounts import userdb
from tests.unit.operator import HASH, mailserver

ROW = f"bob@example.com:{HASH}::::::"


@pytest.mark.parametrize(
    ("account", "environ", "row"),
    [
        (f"bob@example.com|{HASH}", {}, ROW),
        (f"bob@example.com|{HASH}|a=1 b=2:3", {}, f"{ROW}a=1 b=2:3"),
    ],
)
def test_userdb(account: str, environ: dict[str, str], row: str) -> None:
    assert userdb(mailserver({"postfix-accounts.cf": account}, **environ)) == row + "\n"


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({}, "protocols = lmtp imap"),
        ({"ENABLE_POP3": "1", "ENABLE_IMAP": "0"}, "protocols = lmtp pop3"),
        ({"ENABLE_IMAP": "0"}, "ssl = no"),
        ({}, "ssl = required"),
        ({}, "listen = *, ::"),
        ({"DOVECOT_INET_PROTOCOLS": "ipv6"}, "listen = ::"),
        ({"DOVECOT_MAILBOX_FORMAT": "sdbox"}, "mail_driver = sdbox"),
        ({}, "auth_allow_cleartext = no"),
    ],
)
def test_settings_in_dovecot_conf(environ: dict[str, str], line: str) -> None:
    files = {file.path: file.content for file in DOVECOT.files(mailserver(**environ), "/etc")}
    assert line in files["dovecot/dovecot.conf"].splitlines()
