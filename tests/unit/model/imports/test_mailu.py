from __future__ import annotations

import json
from contextlib import suppress

import pytest

from mailwright.model.imports.found import ACCOUNTS, ALIASES, QUOTAS, Found, NotOursError
from mailwright.model.imports.mailu import from_database, from_export, like
from tests.foreign_servers import private_key

ANN, BEN = "ann@example.com", "ben@example.com"
HASH = "$6$salt$" + "b" * 86
KEY = private_key()


def read(**parts: object) -> Found:
    return from_export(json.dumps({"domain": [{"name": "example.com"}], **parts}))


def reasons(result: Found) -> dict[tuple[str, str], str]:
    return {(one.kind, one.name): one.reason for one in result.left}


def test_accounts_and_quotas() -> None:
    users = [
        {"email": ANN, "password": HASH, "quota_bytes": 5000},
        {"email": BEN, "password": "{BLF-CRYPT}$2b$12$" + "a" * 53},
        {"email": "all@example.com", "password": HASH, "quota_bytes": 0},
    ]
    result = read(user=users)
    assert result.rows[ACCOUNTS][ANN] == "{SHA512-CRYPT}" + HASH
    assert result.rows[ACCOUNTS][BEN] == "{BLF-CRYPT}$2b$12$" + "a" * 53
    assert result.rows[QUOTAS] == {ANN: "5000", BEN: "1000000000"}  # the export leaves the default out
    assert result.locked == set()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"password": "$bcrypt-sha256$v=2,t=2b,r=12$x$y"}, "bcrypt-sha256, which Dovecot cannot check"),
        ({"password": "{PBKDF2}$pbkdf2-sha512$25000$x$y"}, "pbkdf2-sha512, which Dovecot cannot check"),
        ({"password": HASH, "enabled": False}, "it is disabled there"),
    ],
)
def test_a_password_that_cannot_be_carried_over(more: dict[str, object], reason: str) -> None:
    result = read(user=[{"email": ANN, **more}])
    assert result.locked == {ANN}
    assert reason in reasons(result)["password", ANN]


def test_forwards() -> None:
    forward = {"password": HASH, "forward_enabled": True, "forward_destination": ["x@else.test"]}
    users = [
        {"email": ANN, **forward},
        {"email": BEN, **forward, "forward_keep": False},
        {"email": "off@example.com", **forward, "forward_enabled": False},
    ]
    assert read(user=users).rows[ALIASES] == {ANN: f"x@else.test,{ANN}", BEN: "x@else.test"}


def test_aliases_and_domains() -> None:
    aliases = [
        {"email": "team@example.com", "destination": [ANN, BEN]},
        {"email": "%@example.com", "destination": [ANN], "wildcard": True},
        {"email": "shop.%_x@example.com", "destination": [BEN], "wildcard": True},
        {"email": "a/b%@example.com", "destination": [BEN], "wildcard": True},
    ]
    domain = {"name": "example.com", "alternatives": ["old.test", {"name": "older.test"}]}
    result = read(domain=[domain], alias=aliases, relay=[{"name": "far.test", "smtp": "mx.far.test"}])
    assert result.rows[ALIASES] == {
        "@old.test": "@example.com",
        "@older.test": "@example.com",
        "team@example.com": f"{ANN},{BEN}",
        "@example.com": ANN,
    }
    assert result.patterns == [r"/^shop\..*.x@example\.com$/ ben@example.com"]
    assert ("relay domain", "far.test") in reasons(result)
    assert "slash in its pattern" in str(result.left)


def test_like() -> None:
    assert like("A.b%_c") == r"a\.b.*.c"
    assert like("a%%%%b") == "a.*b"


def test_keys() -> None:
    body = KEY.splitlines()[1:-1]
    domains = [
        {"name": "a.test", "dkim_key": body, "dns_dkim": 's1._domainkey.a.test. 600 IN TXT "v=DKIM1; k=rsa; p=x"'},
        {"name": "b.test", "dkim_key": body},
        {"name": "c.test", "dkim_key": ["AAAA"]},
        {"name": "d.test", "dkim_key": None},
    ]
    result = read(domain=domains)
    assert [(key.domain, key.selector) for key in result.keys] == [("a.test", "s1"), ("b.test", "dkim")]
    assert ("DKIM key", "dkim._domainkey.c.test") in reasons(result)


def test_what_has_no_counterpart() -> None:
    user = {
        "email": ANN,
        "password": HASH,
        "enable_pop": False,
        "allow_spoofing": True,
        "reply_enabled": True,
        "tokens": [{"comment": "Phone", "password": "$pbkdf2-sha256$1$x$y"}],
        "fetches": [{"host": "pop.else.test"}],
    }
    kinds = {"restriction", "permission to send", "automatic reply", "app password", "fetched mailbox"}
    assert {kind for kind, _ in reasons(read(user=[user]))} == kinds


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("domain:\n- name: example.com\n", "is not JSON; make it with: .*--json"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not an export of Mailu"),
        ('{"user": {}}', "is not an export of Mailu|has no list of users"),
        ('{"user": "x"}', "has no list of users"),
        ('{"user": [1]}', "has no list of users"),
        ('{"user": [{"email": "ann@example.com", "password": "<hidden>"}]}', r"no password hashes \(--secrets\)"),
        ('{"user": [{"email": "ann@example.com"}]}', r"no password hashes \(--secrets\)"),
    ],
)
def test_no_export(text: str, reason: str) -> None:
    if text == '{"user": {}}':
        assert from_export(text).rows[ACCOUNTS] == {}
        return
    with pytest.raises(NotOursError, match=reason):
        from_export(text)


def test_the_database_says_the_same() -> None:
    user = {"email": ANN, "password": HASH, "quota_bytes": 7, "enabled": 1, "forward_enabled": 1, "forward_keep": 1}
    result = from_database(
        {
            "user": [{**user, "forward_destination": "x@else.test,y@else.test"}],
            "domain": [{"name": "example.com"}, {"name": "sub.example.com"}],
            "alternative": [{"name": "old.test", "domain_name": "example.com"}],
            "alias": [{"email": "team@example.com", "destination": f"{ANN},{BEN}", "wildcard": 0}],
            "token": [{"user_email": ANN, "comment": None}],
        },
        {"example.com.dkim.key": KEY, "sub.example.com.s.2.key": KEY, "gone.test.dkim.key": KEY},
    )
    assert result.rows[ACCOUNTS] == {ANN: "{SHA512-CRYPT}" + HASH}
    assert result.rows[QUOTAS] == {ANN: "7"}
    assert result.rows[ALIASES] == {
        ANN: f"x@else.test,y@else.test,{ANN}",
        "@old.test": "@example.com",
        "team@example.com": f"{ANN},{BEN}",
    }
    assert [(key.domain, key.selector) for key in result.keys] == [("example.com", "dkim"), ("sub.example.com", "s.2")]
    assert {("app password", f"{ANN} → "), ("DKIM key", "gone.test.dkim.key")} <= reasons(result).keys()


def test_international_domains() -> None:
    """The export has them in clear; Postfix knows their xn-- form."""
    users = [{"email": "ann@münchen.test", "password": HASH}, {"email": "ben@straße.test", "password": HASH}]
    domain = {"name": "münchen.test", "alternatives": ["ülm.test"], "dkim_key": KEY.splitlines()[1:-1]}
    result = read(domain=[domain], user=users)
    assert list(result.rows[ACCOUNTS]) == ["ann@xn--mnchen-3ya.test"]
    assert result.rows[ALIASES] == {"@xn--lm-wka.test": "@xn--mnchen-3ya.test"}
    assert [key.domain for key in result.keys] == ["xn--mnchen-3ya.test"]
    assert "write an international domain in its xn-- form" in reasons(result)["account", "ben@straße.test"]


@pytest.mark.parametrize("value", [None, 5, True, "x", [], [None], [[]], {}, {"x": 1}, 10**400])
def test_values_of_any_type(value: object) -> None:
    """A damaged export is refused, or its parts stay behind; nothing else happens."""
    user = {"email": ANN, "password": HASH}
    for name in ("email", "password", "quota_bytes", "enabled", "forward_destination", "tokens", "fetches"):
        _tried(user=[{**user, "forward_enabled": True, name: value}])
    for name in ("name", "alternatives", "dkim_key", "dns_dkim"):
        _tried(domain=[{"name": "example.com", "dkim_key": ["AAAA"], name: value}])
    for name in ("email", "destination", "wildcard"):
        _tried(alias=[{"email": ANN, "destination": [BEN], name: value}])
    _tried(user=value, domain=value, alias=value, relay=value)


def _tried(**parts: object) -> None:
    with suppress(NotOursError):
        read(**parts)
