from __future__ import annotations

import pytest

from mailwright.services.dovecot import DOVECOT, userdb
from tests.unit.operator import HASH, mailserver

ROW = f"bob@example.com:{HASH}:5000:5000::/var/mail/example.com/bob/home::"


@pytest.mark.parametrize(
    ("account", "environ", "row"),
    [
        (f"bob@example.com|{HASH}", {}, ROW),
        (f"bob@example.com|{HASH}|a=1 b=2:3", {}, f"{ROW}a=1 b=2:3"),
        (f"bob@example.com|{HASH}", {"DMS_VMAIL_UID": "7", "DMS_VMAIL_GID": "8"}, ROW.replace("5000:5000", "7:8")),
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
        ({"DMS_VMAIL_UID": "1000"}, "mail_uid = 1000"),
    ],
)
def test_settings_in_dovecot_conf(environ: dict[str, str], line: str) -> None:
    files = {file.path: file.content for file in DOVECOT.files(mailserver(**environ), "/etc")}
    assert line in files["dovecot/dovecot.conf"].splitlines()
