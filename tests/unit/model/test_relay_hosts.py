from __future__ import annotations

import pytest

from tests.unit.operator import ACCOUNTS, HASH, mailserver, refused

CREDENTIALS = {"RELAY_USER": "user", "RELAY_PASSWORD": "hunter2"}
MAP, LOGINS = "postfix-relaymap.cf", "postfix-sasl-password.cf"


def routes(config: dict[str, str] | None = None, /, **environ: str) -> dict[str, str]:
    """Next hop and login of some senders."""
    config = {"postfix-virtual.cf": "sales@shop.example alice@example.com\n"} | (config or {})
    relay_hosts = mailserver(ACCOUNTS | config, **environ).relay_hosts
    found = {}
    for sender in ("@example.com", "bob@example.com", "@shop.example", "@stranger.example"):
        hop, login = relay_hosts.hop(sender), relay_hosts.login(sender)
        found[sender] = f"{hop or 'MX'}{f' as {login.text}' if login else ''}"
    return found


def test_without_a_relay_everything_goes_to_its_mx() -> None:
    assert set(routes().values()) == {"MX"}
    assert mailserver().relay_hosts.special == ()


def test_relay_host_is_for_the_domains_of_accounts_and_aliases() -> None:
    found = routes(RELAY_HOST="smtp.example", RELAY_PORT="587", **CREDENTIALS)
    ours = "[smtp.example]:587 as user:hunter2"
    assert found == {"@example.com": ours, "bob@example.com": ours, "@shop.example": ours, "@stranger.example": "MX"}


def test_default_relay_host_is_for_all_and_takes_the_login_where_there_is_no_relay_host() -> None:
    assert set(routes(DEFAULT_RELAY_HOST="[d]:587", **CREDENTIALS).values()) == {"[d]:587 as user:hunter2"}
    found = routes(DEFAULT_RELAY_HOST="[d]:587", RELAY_HOST="r.example", **CREDENTIALS)
    assert (found["@stranger.example"], found["@example.com"]) == ("[d]:587", "[r.example]:25 as user:hunter2")


def test_rows_win_over_relay_host_and_one_address_over_its_domain() -> None:
    rows = "@example.com [other.example]:587\nbob@example.com\n@stranger.example mx.example\n@shop.example\n"
    found = routes({MAP: rows}, RELAY_HOST="r.example", **CREDENTIALS)
    assert found == {
        "@example.com": "[other.example]:587",
        "bob@example.com": "MX",
        "@shop.example": "MX",
        "@stranger.example": "mx.example:25",
    }


def test_who_opts_out_of_relay_host_still_has_the_default() -> None:
    found = routes({MAP: "@shop.example\n"}, RELAY_HOST="r.example", DEFAULT_RELAY_HOST="d.example:587")
    assert (found["@shop.example"], found["@example.com"]) == ("d.example:587", "[r.example]:25")


def test_a_sender_s_login_wins_over_the_relay_s() -> None:
    rows = {LOGINS: "bob@example.com bob:1\n@shop.example shop:2\n[r.example]:25 all:3\n"}
    found = routes(rows, RELAY_HOST="r.example")
    assert found == {
        "@example.com": "[r.example]:25 as all:3",
        "bob@example.com": "[r.example]:25 as bob:1",
        "@shop.example": "[r.example]:25 as shop:2",
        "@stranger.example": "MX",
    }


def test_a_domain_s_password_is_for_the_relay_of_that_domain() -> None:
    rows = {MAP: "@example.com [one.example]\nbob@example.com [two.example]\n", LOGINS: "@example.com domain:1\n"}
    found = routes(rows)
    assert found["@example.com"] == "[one.example]:25 as domain:1"
    assert found["bob@example.com"] == "[two.example]:25"
    tables = mailserver(ACCOUNTS | rows).relay_hosts.tables
    assert {str(hop): dict(table) for hop, table in tables.items()} == {
        "[one.example]:25": {"@example.com": "domain:1"}
    }


@pytest.mark.parametrize(
    ("row", "hop", "login"),
    [
        ("[r.example]:587", "[r.example]:587", True),
        ("r.example:587", "r.example:587", True),
        ("r.example:587", "[r.example]:587", True),
        ("[r.example]:587", "r.example:587", False),  # its MX records may name any host
        ("[r.example]:25", "[r.example]:587", False),
        ("[192.0.2.1]:587", "192.0.2.1:587", True),
    ],
)
def test_whose_login_a_row_for_a_host_is(row: str, hop: str, login: bool) -> None:
    found = routes({MAP: f"@example.com {hop}\n", LOGINS: f"{row} u:p\n"})
    assert found["@example.com"].endswith(" as u:p") is login


@pytest.mark.parametrize(
    ("config", "environ", "what"),
    [
        ({}, {"RELAY_HOST": "r.example", "RELAY_USER": "u"}, "environment: RELAY_USER: has no RELAY_PASSWORD"),
        ({}, {"RELAY_HOST": "r.example", "RELAY_PASSWORD": "p"}, "environment: RELAY_PASSWORD: has no RELAY_USER"),
        (
            {},
            {"RELAY_HOST": "r.example", "RELAY_USER": "u:v", "RELAY_PASSWORD": "hunter2"},
            "environment: RELAY_USER: has a colon, which would end the user's name",
        ),
        (
            {},
            {"RELAY_HOST": "r.example", "RELAY_USER": "u", "RELAY_PASSWORD": "hunter2 "},
            "environment: RELAY_PASSWORD: begins or ends with a space, which Postfix would not send",
        ),
        (
            {},
            {"RELAY_HOST": "r.example:587"},
            "environment: RELAY_HOST: the value has a port, which belongs into RELAY_PORT",
        ),
        ({}, {"RELAY_HOST": "a b"}, "environment: RELAY_HOST: the value is neither a host name nor an IP address"),
        (
            {},
            {"RELAY_PORT": "587"},
            "warning: environment: RELAY_PORT: has no effect without a relay host (hint: set RELAY_HOST)",
        ),
        (
            {},
            CREDENTIALS,
            "warning: environment: RELAY_USER: has no effect without a relay host "
            "(hint: set RELAY_HOST or DEFAULT_RELAY_HOST)",
        ),
        (
            {LOGINS: "[r.example]:25 u:hunter2\n"},
            {"RELAY_HOST": "r.example", **CREDENTIALS},
            f"warning: environment: RELAY_USER: {LOGINS}:1 has a login for [r.example]:25, which wins",
        ),
        (
            {LOGINS: "@nowhere.example u:hunter2\n"},
            {},
            f"warning: {LOGINS}:1: mail of @nowhere.example goes through no relay host: the login is not used",
        ),
        (
            {LOGINS: "@example.com u:hunter2\n", MAP: "@example.com\n"},
            {"RELAY_HOST": "r.example", "SMTP_ONLY": "1"},
            f"warning: {LOGINS}:1: mail of @example.com goes through no relay host: the login is not used",
        ),
        (
            {LOGINS: "[x.example]:25 u:hunter2\n"},
            {"RELAY_HOST": "r.example"},
            f"warning: {LOGINS}:1: no mail goes through [x.example]:25: the login is not used",
        ),
        (
            {LOGINS: "[192.0.2.1]:25 u:hunter2\n"},
            {"RELAY_HOST": "192.0.2.1"},
            f"warning: {LOGINS}:1: [192.0.2.1]:25 is an IP address: its certificate cannot be checked before the login"
            " is sent (hint: use the relay host's name)",
        ),
    ],
)
def test_what_is_told(config: dict[str, str], environ: dict[str, str], what: str) -> None:
    said = refused(ACCOUNTS | config, **environ)
    assert what in said
    assert "hunter2" not in "".join(said)


def test_relay_host_that_nobody_uses_is_told() -> None:
    said = refused({}, RELAY_HOST="r.example", SMTP_ONLY="1")
    assert said == [
        "warning: environment: RELAY_HOST: no account's or alias's domain uses it "
        "(hint: DEFAULT_RELAY_HOST relays the mail of all senders)"
    ]


def test_no_password_in_the_words_of_a_mailserver() -> None:
    config = {"postfix-accounts.cf": f"a@example.com|{HASH}\n", LOGINS: "@example.com u:hunter2\n"}
    server = mailserver(config, RELAY_HOST="r.example", **CREDENTIALS | {"RELAY_PASSWORD": "hunter3"})
    assert "hunter2" not in repr(server.relay_hosts)
    assert "hunter3" not in repr(server.relay_hosts)
