from __future__ import annotations

import pytest

from mailwright.model.imports.dms import found
from mailwright.model.imports.found import (
    ACCOUNTS,
    ALIASES,
    LOGINS,
    MASTERS,
    QUOTAS,
    RECEIVE,
    RELAYS,
    SEND,
    NotOursError,
)
from tests.foreign_servers import private_key

ANN = "ann@example.com"
HASH = "{SHA512-CRYPT}$6$salt$hash"
KEY = private_key().encode()
FILES = {
    "postfix-accounts.cf": f"# people\nAnn@example.com|{HASH}|userdb_x=1\n",
    "postfix-virtual.cf": f"team@example.com {ANN}, you@else.test\n@old.test @example.com\n",
    "postfix-regexp.cf": f"# patterns\n/^shop.*@example\\.com$/ {ANN}\n",
    "dovecot-quotas.cf": f"{ANN}:5120M\nall@example.com:0\n",
    "postfix-send-access.cf": f"{ANN} REJECT\n",
    "postfix-receive-access.cf": f"{ANN} REJECT\n",
    "postfix-relaymap.cf": "@example.com [smtp.relay.test]:587\n@direct.test\n",
    "postfix-sasl-password.cf": "@example.com me:secret\n[smtp.relay.test]:587 you:secret\n",
    "dovecot-masters.cf": f"Boss|{HASH}\n",
    f"{ANN}.dovecot.sieve": "keep;\n",
    "gone@example.com.dovecot.sieve": "keep;\n",
    "postfix-main.cf": "x = y\n",
}
BEHIND = {
    "fetchmail.cf": "set ENABLE_FETCHMAIL=1",
    "getmail/work.cf": "set ENABLE_GETMAIL=1",
    "getmail-work.cf": "set ENABLE_GETMAIL=1",
    "ldap-users.cf": "accounts in a directory",
    "rspamd/override.d/actions.conf": "mailwright check",
    "whitelist_clients.local": "copy it by hand",
    "opendkim/KeyTable": "its own keys",
    "ssl": "mailwright check",
}


def test_the_files_have_our_names() -> None:
    keys = {"opendkim/keys/example.com/mail.private": KEY, "rspamd/dkim/rsa-2048-s2-example.com.private.txt.old": KEY}
    result = found({name: text.encode() for name, text in FILES.items()} | keys)
    assert result.rows == {
        ACCOUNTS: {ANN: HASH},
        ALIASES: {"team@example.com": f"{ANN},you@else.test", "@old.test": "@example.com"},
        QUOTAS: {ANN: "5G", "all@example.com": "0"},
        SEND: {ANN: "REJECT"},
        RECEIVE: {ANN: "REJECT"},
        RELAYS: {"@example.com": "[smtp.relay.test]:587", "@direct.test": ""},
        LOGINS: {"@example.com": "me:secret", "[smtp.relay.test]:587": "you:secret"},
        MASTERS: {"boss": HASH},
    }
    assert result.patterns == [f"/^shop.*@example\\.com$/ {ANN}"]
    assert result.files == {f"{ANN}.dovecot.sieve": "keep;\n"}
    assert [(key.domain, key.selector) for key in result.keys] == [("example.com", "mail")]
    of_nobody = "gone@example.com.dovecot.sieve"
    assert [one.name for one in result.left] == [ANN, "s2._domainkey.example.com", of_nobody, "postfix-main.cf"]
    assert result.left[0].kind == "fields of account"


def test_rows_that_belong_together_are_not_taken_apart() -> None:
    text = f"if /@example\\.com$/\n/^a/ {ANN}\nendif\n".encode()
    result = found({"postfix-accounts.cf": b"", "postfix-regexp.cf": text})
    assert result.patterns == []
    assert [one.name for one in result.left] == ["postfix-regexp.cf"]


def test_each_file_that_stays_behind_is_named() -> None:
    left = found({"postfix-accounts.cf": b"", **dict.fromkeys(BEHIND, b"x"), "getmail": b"", "rspamd": b""}).left
    assert [one.name for one in left] == list(BEHIND)
    assert [one.name for one in left if BEHIND[one.name] not in one.reason] == []


def test_mistakes_are_named_with_file_and_line() -> None:
    with pytest.raises(NotOursError) as caught:
        found({"postfix-accounts.cf": b"\nann@example.com secret\n", "dovecot-quotas.cf": b"\xff"})
    assert "postfix-accounts.cf:2: 'ann@example.com…' is not a domain name" in str(caught.value)
    assert "dovecot-quotas.cf:1: is not UTF-8 text" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_another_folder() -> None:
    with pytest.raises(NotOursError, match=r"docker-data/dms/config"):
        found({"compose.yaml": b""})
