from __future__ import annotations

import pytest

from mailwright.formats.quotas import quotas
from mailwright.services.dovecot.accounts import userdb
from tests.unit.operator import ACCOUNTS, file, mailserver, told

BOB = "bob@example.com"


@pytest.mark.parametrize(
    ("row", "limit"),
    [(f"{BOB}:5G", 5 << 30), (" Bob@Example.com : 10M ", 10 << 20), (f"{BOB}:0", 0), (f"{BOB}:7", 7)],
)
def test_quota(row: str, limit: int) -> None:
    (quota,), problems = quotas(file(f"# limits\n{row}\n"))
    assert (quota.address, quota.limit, quota.where, problems) == (BOB, limit, "file.cf:2", [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (BOB, "file.cf:1: '' is not a size in bytes (user@domain:5G)"),
        (f"{BOB}:much", "file.cf:1: the size is not a size in bytes (user@domain:5G)"),
        (f"{BOB}:5Q", "file.cf:1: '5Q' is not a size in bytes (user@domain:5G)"),
        ("bob:5G", "file.cf:1: 'bob' is not an address (user@domain)"),
        (f"{BOB}:1G\n{BOB}:2G", f"file.cf:2: {BOB} has a quota already (hint: see file.cf:1)"),
    ],
)
def test_no_quota(row: str, said: str) -> None:
    assert told(quotas(file(row))[1]) == [said]


@pytest.mark.parametrize(
    ("quota", "environ", "fields"),
    [
        (
            f"{BOB}:1M",
            {},
            "userdb_quota/user/quota_storage_size=1048576B userdb_quota/user/quota_storage_grace=104857B",
        ),
        (f"{BOB}:0", {}, "userdb_quota/user/quota_storage_size=unlimited userdb_quota/user/quota_storage_grace=0"),
        (f"{BOB}:1M", {"ENABLE_QUOTAS": "0"}, ""),
        ("lo@example.com:1M", {}, ""),  # nobody inherits by the end of a name
    ],
)
def test_limits_of_one_mailbox(quota: str, environ: dict[str, str], fields: str) -> None:
    rows = userdb(mailserver(ACCOUNTS | {"dovecot-quotas.cf": quota}, **environ)).splitlines()
    assert [row.split(":", 7)[7] for row in rows if row.startswith(BOB)] == [fields]


@pytest.mark.parametrize(
    ("quota", "environ", "asked"),
    [
        ("", {}, False),
        ("", {"POSTFIX_MAILBOX_SIZE_LIMIT": "1G"}, True),
        (f"{BOB}:1M", {}, True),
        (f"{BOB}:0", {}, False),
        (f"{BOB}:1M", {"ENABLE_QUOTAS": "0"}, False),
        (f"{BOB}:1M", {"SMTP_ONLY": "1"}, False),
    ],
)
def test_postfix_asks_only_where_a_mailbox_can_be_full(quota: str, environ: dict[str, str], asked: bool) -> None:
    assert mailserver(ACCOUNTS | ({"dovecot-quotas.cf": quota} if quota else {}), **environ).has_quotas is asked


def test_a_quota_of_nobody_is_told() -> None:
    server = mailserver(ACCOUNTS | {"dovecot-quotas.cf": "x@example.com:1M"})
    assert "warning: dovecot-quotas.cf:1: there is no account x@example.com" in told(server.warnings)
