from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mailwright.core import paths
from mailwright.formats.mail_crypt_keys import new_key
from mailwright.host import mail_crypt_keys
from mailwright.model import mail_crypt
from mailwright.render.tree import render
from mailwright.services.dovecot import user_keys
from tests.unit.operator import ACCOUNTS, inputs, mailserver, told

USER = {"MAIL_CRYPT": "user"}
KEYS = {"mail-crypt/2026.pem": new_key()}
WHY = "MAIL_CRYPT=user: only the password of the account opens its key"
MASTER = {"dovecot-masters.cf": "admin|{PLAIN}x\n"}
PHONE = {"dovecot-app-passwords.cf": f"alice@example.com/Phone|{{SHA256.HEX}}{'a' * 64}\n"}


@pytest.mark.parametrize(
    ("files", "environ", "said"),
    [
        ({}, {}, []),
        (KEYS, {}, []),
        ({"dovecot.cf": "auth_mechanisms = plain login\n"}, {}, []),
        ({"postfix-main.cf": "lmtp_destination_recipient_limit = 1\n"}, {}, []),
        ({}, {"SMTP_ONLY": "1"}, ["warning: environment: MAIL_CRYPT: SMTP_ONLY stores no mail; it has no effect"]),
        ({}, {"ENABLE_OAUTH2": "1"},
         [f"environment: ENABLE_OAUTH2: a token is not a password; {WHY} (hint: ENABLE_OAUTH2=0)"]),
        ({}, {"ENABLE_SASLAUTHD": "1"},
         [f"environment: ENABLE_SASLAUTHD: it has other passwords; {WHY} (hint: ENABLE_SASLAUTHD=0)"]),
        ({}, {"ENABLE_FTS": "1"},
         ["environment: ENABLE_FTS: the search index has the text of all mail, and is not encrypted, so it does not go"
          " with MAIL_CRYPT (hint: ENABLE_FTS=0)"]),
        (MASTER, {}, [f"dovecot-masters.cf:1: the master user admin could read no mail; {WHY}"
                      " (hint: setup dovecot-master del admin)"]),
        (PHONE, {},
         [f"dovecot-app-passwords.cf:1: the app password Phone of alice@example.com could read no mail; {WHY}"
          " (hint: setup email app-password del alice@example.com Phone)"]),
        ({"dovecot.cf": "auth_mechanisms = plain scram-sha-256\n"}, {},
         [f"dovecot.cf:1: a login with scram-sha-256 brings no password; {WHY} (hint: auth_mechanisms = plain login)"]),
        ({"dovecot.cf": "a = b\npassdb other {\n  driver = static\n}\n"}, {},
         [f"dovecot.cf:2: passdb decides where keys are or who logs in; {WHY} (hint: delete these lines)"]),
        ({"dovecot.cf": "mail_plugins {\n  fts = yes\n}\n"}, {},
         [f"dovecot.cf:2: a search index has the text of all mail in clear text; {WHY} (hint: delete these lines)"]),
        ({"dovecot.cf": "crypt_user_key_curve = secp521r1\n"}, {},
         ["dovecot.cf:1: sets mail_crypt up, and MAIL_CRYPT does too: one would undo a part of the other"
          " (hint: delete these lines, or MAIL_CRYPT)"]),
        ({"postfix-main.cf": "lmtp_destination_recipient_limit = 9\n"}, {},
         ["postfix-main.cf:1: lmtp_destination_recipient_limit: Dovecot cannot copy mail of one user to another;"
          f" {WHY} (hint: lmtp_destination_recipient_limit = 1)"]),
    ],
)  # fmt: skip
def test_what_does_not_go_with_keys_of_users(files: dict[str, str], environ: dict[str, str], said: list[str]) -> None:
    given = inputs(ACCOUNTS | files, **USER, **environ)
    assert told(mail_crypt.mail_crypt(given)[1]) == said


def test_accounts_elsewhere_have_no_keys_of_users() -> None:
    (problem,) = told(mail_crypt.mail_crypt(inputs({}, ACCOUNT_PROVISIONER="LDAP", **USER))[1])
    assert problem.startswith("environment: ACCOUNT_PROVISIONER: accounts are in ")


def test_a_login_opens_the_key_of_its_user() -> None:
    tree = render(mailserver(ACCOUNTS, **USER))
    text = tree["dovecot/dovecot.conf"].content
    for line in (
        "mail_plugins/mail_crypt = yes",
        "crypt_user_key_require_encrypted = yes",
        "    userdb_crypt_user_key_password = %{password}",
        "crypt_write_algorithm = aes-256-gcm-sha256",
        "mail_never_cache_fields = imap.envelope body.snippet",
    ):
        assert f"\n{line}\n" in text
    assert "\nlmtp_destination_recipient_limit = 1\n" in tree["postfix/main.cf"].content


@pytest.mark.parametrize("environ", [{}, {"MAIL_CRYPT": "global"}])
def test_mail_of_before_is_read_on(environ: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "keys"
    mail_crypt_keys.remember(mailserver(ACCOUNTS, **USER).mail_crypt, path)
    assert mail_crypt_keys.listed(path) == {"users": "users"}
    given = inputs(ACCOUNTS | KEYS | MASTER, **environ)
    given = replace(given, reading=given.reading.with_files({paths.MAIL_CRYPT_KEYS: path.read_bytes()}))
    made, problems = mail_crypt.mail_crypt(given)
    assert made
    assert (made.opens_user_keys, made.writes_user_keys) == (True, False)
    assert [problem.warning for problem in problems] == [True]


def test_accounts_without_a_key_are_named() -> None:
    server = mailserver({"postfix-accounts.cf": "me@example.com|{PLAIN}x\nyou@example.com|{PLAIN}x\n"}, **USER)
    mine, yours = (f"/var/mail/example.com/{name}/home/dovecot-attributes\n" for name in ("me", "you"))
    assert list(user_keys.looks(server))
    assert not list(user_keys.looks(mailserver(ACCOUNTS)))
    assert not list(user_keys.without_key(server, mine + yours))
    assert not list(user_keys.without_key(server, ""))
    (problem,) = user_keys.without_key(server, mine)
    assert "1 account without a key (you@example.com)" in str(problem)
    assert not problem.warning
    assert server.mail_crypt
    # Mail was encrypted before, so the server must start for the other accounts.
    later = replace(server, mail_crypt=replace(server.mail_crypt, had_user_keys=True))
    assert [problem.warning for problem in user_keys.without_key(later, "/var/mail/*/*/home/dovecot-attributes\n")] == [
        True
    ]
