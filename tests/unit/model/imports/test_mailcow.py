from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from mailwright.formats.mysql_dump import Dump
from mailwright.model.imports.found import (
    ACCOUNTS,
    ALIASES,
    LOGINS,
    QUOTAS,
    RELAYS,
    SEND,
    Found,
    NotOursError,
)
from mailwright.model.imports.mailcow import found
from tests.foreign_servers import MAILCOW, Rows, mailcow_dump, private_key

HASH = "{BLF-CRYPT}$2y$10$" + "a" * 53
ANN, BEN = "ann@example.com", "ben@example.com"
KEY = private_key()


def box(name: str, **more: object) -> dict[str, object]:
    return {"username": name, "password": HASH, **more}


def read(rows: Rows, keys: str = "") -> Found:
    return found(Dump(mailcow_dump({"domain": [{"domain": "example.com"}], **rows}).encode()), keys)


def reasons(result: Found) -> dict[tuple[str, str], str]:
    return {(one.kind, one.name): one.reason for one in result.left}


def test_accounts_and_quotas() -> None:
    result = read({"mailbox": [box("Ann@Example.com", quota=1 << 30), box(BEN, quota=0)]})
    assert result.rows[ACCOUNTS] == {ANN: HASH, BEN: HASH}
    assert result.rows[QUOTAS] == {ANN: "1G"}
    assert result.locked == set()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"active": 2}, "it may not log in there"),
        ({"authsource": "keycloak"}, "its password is kept by keycloak"),
        ({"password": "{KEYCLOAK}x"}, "no hash of a scheme that is carried over"),
        ({"password": "secret\n"}, "no hash of a scheme that is carried over"),
    ],
)
def test_an_account_without_password_gets_its_mail_and_nobody_can_log_in(more: dict[str, object], reason: str) -> None:
    result = read({"mailbox": [box(ANN, **more)]})
    assert result.locked == {ANN}
    assert result.rows[ACCOUNTS][ANN].startswith("{SHA256.HEX}")
    told = reasons(result)["password", ANN]
    assert reason in told
    assert told.endswith("give it a new one: setup email update ann@example.com")


@pytest.mark.parametrize(
    ("row", "name", "reason"),
    [
        (box(ANN, active=0), ANN, "is inactive there"),
        (box(ANN, kind="location"), ANN, "is a resource of the calendar"),
        (box("o'neil@example.com"), "o'neil@example.com", "characters other than letters"),
        (box("a|b:c\0@example.com"), "a|b:c\0@example.com", "characters other than letters"),
        (box("a\nb@example.com"), "a\nb@example.com", "characters other than letters"),
        (box("plain"), "plain", "is not an address"),
    ],
)
def test_no_account(row: dict[str, object], name: str, reason: str) -> None:
    result = read({"mailbox": [row]})
    assert result.rows[ACCOUNTS] == result.rows[QUOTAS] == {}
    assert reason in reasons(result)["account", name]


def test_who_may_not_send() -> None:
    attributes = json.dumps({"smtp_access": "0", "imap_access": "0", "pop3_access": "1"})
    result = read({"mailbox": [box(ANN, attributes=attributes), box(BEN, attributes="[1")]})
    assert result.rows[SEND] == {ANN: "REJECT"}
    assert "may not use imap there" in reasons(result)["restriction", ANN]


def test_aliases() -> None:
    rows: list[Mapping[str, object]] = [
        {"address": ANN, "goto": ANN},  # each mailbox has such a row
        {"address": "team@example.com", "goto": f"{ANN}, friend@else.test,{ANN}"},
        {"address": "@example.com", "goto": BEN},
        {"address": "old@example.com", "goto": ANN, "active": 0},
        {"address": "hole@example.com", "goto": "null@localhost"},
        {"address": "junk@example.com", "goto": "spam@localhost"},
        {"address": "staff@example.com", "goto": ANN, "internal": 1},
        {"address": "quiet@example.com", "goto": ANN, "sender_allowed": 0},
        {"address": "bad@example.com", "goto": "a b@example.com"},
        {"address": "x y@example.com", "goto": ANN},
    ]
    result = read({"mailbox": [box(ANN), box(BEN)], "alias": rows})
    assert result.rows[ALIASES] == {
        "team@example.com": f"{ANN},friend@else.test",
        "@example.com": BEN,
        "quiet@example.com": ANN,
    }
    told = reasons(result)
    assert told["alias", "old@example.com"] == "is inactive there"
    assert "discards its mail there" in told["alias", "hole@example.com"]
    assert "teaches the spam filter" in told["alias", "junk@example.com"]
    assert "takes mail only from users there" in told["alias", "staff@example.com"]
    assert "nobody may send as it there" in told["restriction", "quiet@example.com"]
    assert told["alias", "bad@example.com"] == "has no recipient"
    assert ("alias", "x y@example.com") in told


def test_alias_domains_and_temporary_addresses() -> None:
    result = read(
        {
            "alias_domain": [
                {"alias_domain": "old.test", "target_domain": "example.com"},
                {"alias_domain": "off.test", "target_domain": "example.com", "active": 0},
            ],
            "spamalias": [
                {"address": "keep@example.com", "goto": ANN, "permanent": 1},
                {"address": "temp@example.com", "goto": ANN, "permanent": 0},
            ],
        }
    )
    assert result.rows[ALIASES] == {"keep@example.com": ANN, "@old.test": "@example.com"}
    assert {("alias domain", "off.test"), ("alias", "temp@example.com")} <= reasons(result).keys()


def test_relay_hosts_of_domains_and_of_accounts() -> None:
    hosts = [
        {"id": 1, "hostname": "[smtp.relay.test]:587", "username": "me", "password": "s'cret"},
        {"id": 2, "hostname": "mx.relay.test", "username": "", "password": ""},
        {"id": 3, "hostname": "off.test", "active": 0},
        {"id": 4, "hostname": "not a host", "username": "a:b", "password": "s'cret"},
    ]
    domains = [{"domain": f"{name}.test", "relayhost": str(name)} for name in (1, 2, 3, 4, 9)]
    boxes = [box("ann@1.test", attributes='{"relayhost": "2"}')]
    result = read({"domain": domains, "relayhosts": hosts, "mailbox": boxes})
    assert result.rows[RELAYS] == {
        "@1.test": "[smtp.relay.test]:587",
        "@2.test": "mx.relay.test:25",
        "ann@1.test": "mx.relay.test:25",
    }
    assert result.rows[LOGINS] == {"@1.test": "me:s'cret"}
    assert {("relay host", name) for name in ("3.test", "@4.test", "9.test")} <= reasons(result).keys()


def test_an_inactive_domain_stays_behind() -> None:
    domains: list[Mapping[str, object]] = [{"domain": "example.com"}, {"domain": "off.test", "active": 0}]
    result = read(
        {
            "domain": domains,
            "mailbox": [box("a@off.test", quota=5, active=2), box(ANN)],
            "alias": [{"address": "b@off.test", "goto": ANN}, {"address": "c@example.com", "goto": ANN}],
        }
    )
    assert list(result.rows[ACCOUNTS]) == [ANN]
    assert list(result.rows[ALIASES]) == ["c@example.com"]
    assert result.rows[QUOTAS] == {}
    assert result.locked == set()
    assert ("domain", "off.test") in reasons(result)
    assert ("password", "a@off.test") not in reasons(result)


def test_sieve_scripts() -> None:
    rows = [
        {"username": ANN, "script_name": "active", "script_data": "keep;\r\n", "filter_type": "prefilter"},
        {"username": ANN, "script_name": "active", "script_data": "stop;", "filter_type": "postfilter"},
        {"username": ANN, "script_name": "inactive", "script_data": "discard;", "filter_type": "prefilter"},
        {"username": BEN, "script_name": "active", "script_data": "keep;", "filter_type": "prefilter"},
    ]
    result = read({"mailbox": [box(ANN)], "sieve_filters": rows})
    assert result.files == {f"{ANN}.dovecot.sieve": "keep;\n"}
    assert ("Sieve script", f"{ANN} (postfilter)") in reasons(result)


def test_keys() -> None:
    domains = [{"domain": "example.com"}, {"domain": "sub.example.com"}]
    text = f"dkim.example.com\n{KEY}my.sel.sub.example.com\n{KEY}dkim.gone.test\n{KEY}"
    result = read({"domain": domains}, text)
    assert [(key.domain, key.selector) for key in result.keys] == [
        ("example.com", "dkim"),
        ("sub.example.com", "my.sel"),
    ]
    assert "for a domain that the dump does not have" in reasons(result)["DKIM key", "dkim.gone.test"]
    damaged = KEY.replace("M", "N")
    assert "no private key that can be read" in str(read({}, f"dkim.example.com\n{damaged}").left)
    assert "redis-cli" in reasons(read({}))["DKIM key", "all"]


def test_what_has_no_counterpart() -> None:
    result = read(
        {
            "app_passwd": [{"mailbox": ANN, "name": "Phone", "password": HASH}],
            "sender_acl": [{"logged_in_as": ANN, "send_as": BEN}],
            "bcc_maps": [{"local_dest": ANN, "bcc_dest": BEN, "active": 0}],
            "filterconf": [{"object": ANN, "option": "whitelist_from"}] * 3,
        }
    )
    told = reasons(result)
    assert "setup email app-password add" in told["app password", f"{ANN} → Phone"]
    assert "make it a recipient" in told["permission to send", f"{ANN} → {BEN}"]
    assert ("spam rule", f"{ANN} (3)") in told
    assert not any(kind == "copy (BCC)" for kind, _ in told)


def test_another_database() -> None:
    with pytest.raises(NotOursError, match=r"has no table mailbox, so it is not a dump of mailcow.*mysqldump"):
        found(Dump(mailcow_dump({}, ["alias", "domain"]).encode()), "")


def test_another_version() -> None:
    dump = mailcow_dump({"versions": [{"application": "db_schema", "version": "01012035_0000"}]})
    changed = dump.replace("`goto` text", "`target` text")
    with pytest.raises(
        NotOursError, match="table alias has no column goto: this version of mailcow of the schema 01012035"
    ):
        found(Dump(changed.encode()), "")


def test_columns_in_any_order() -> None:
    rows: Rows = {"mailbox": [box(ANN, quota=7)], "domain": [{"domain": "example.com"}]}
    columns = MAILCOW["mailbox"]
    turned = {**MAILCOW, "mailbox": tuple(reversed(columns))}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.foreign_servers.MAILCOW", turned)
        dump = mailcow_dump(rows)
    assert found(Dump(dump.encode()), "").rows[QUOTAS] == {ANN: "7"}
