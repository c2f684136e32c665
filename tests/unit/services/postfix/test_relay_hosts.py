from __future__ import annotations

import pytest

from mailwright.render.tree import render
from mailwright.services.postfix import relay_hosts
from mailwright.services.postfix.restrictions import mua_restrictions, smtpd_restrictions
from tests.unit.operator import ACCOUNTS, mailserver

LOGIN = {"RELAY_USER": "user", "RELAY_PASSWORD": "hunter2"}
MAP, LOGINS = "postfix-relaymap.cf", "postfix-sasl-password.cf"


def rows(config: dict[str, str] | None = None, /, **environ: str) -> dict[str, str]:
    """The table of senders."""
    return dict(relay_hosts.senders(mailserver(ACCOUNTS | (config or {}), **environ).relay_hosts))


@pytest.mark.parametrize(
    ("environ", "route"),
    [
        ({"RELAY_HOST": "r.example"}, "smtp:[r.example]:25"),
        ({"RELAY_HOST": "[r.example]", "RELAY_PORT": "465"}, "relay-r.example-465:[r.example]:465"),
        ({"RELAY_HOST": "r.example", "RELAY_PORT": "587", **LOGIN}, "relay-r.example-587:[r.example]:587"),
        ({"RELAY_HOST": "2001:db8::1", **LOGIN}, "relay-2001.db8..1-25:[2001:db8::1]:25"),
    ],
)
def test_only_a_login_or_tls_from_the_first_byte_asks_for_a_transport(environ: dict[str, str], route: str) -> None:
    assert rows(**environ) == {"@example.com": route}


def test_one_relay_for_some_with_a_login_and_for_others_without() -> None:
    config = {MAP: "@other.example [r.example]\n", LOGINS: "@example.com u:p\n"}
    routes = rows(config, DEFAULT_RELAY_HOST="[r.example]")
    assert routes == {"@example.com": "relay-r.example-25:[r.example]:25", "@other.example": "smtp:[r.example]:25"}


def test_who_opts_out_ends_the_look_up() -> None:
    assert rows({MAP: "bob@example.com\n"}, RELAY_HOST="r.example")["bob@example.com"] == "DUNNO"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, ("", "")),
        ({"DEFAULT_RELAY_HOST": "[d.example]"}, ("", "[d.example]:25")),
        ({"DEFAULT_RELAY_HOST": "d.example:465"}, ("relay-d.example-465-mx:d.example:465", "")),
        ({"DEFAULT_RELAY_HOST": "[d.example]:587", **LOGIN}, ("relay-d.example-587:[d.example]:587", "")),
    ],
)
def test_default_relay_host(environ: dict[str, str], expected: tuple[str, str]) -> None:
    assert relay_hosts.default(mailserver(**environ).relay_hosts) == expected


@pytest.mark.parametrize(
    ("environ", "level", "wrappermode"),
    [
        ({"RELAY_HOST": "r.example", **LOGIN}, "secure", False),
        ({"RELAY_HOST": "r.example", "RELAY_PORT": "465", **LOGIN}, "secure", True),
        ({"RELAY_HOST": "192.0.2.1", **LOGIN}, "encrypt", False),
        ({"RELAY_HOST": "r.example", "RELAY_PORT": "465"}, "encrypt", True),
    ],
)
def test_a_password_goes_to_whoever_proves_the_name(environ: dict[str, str], level: str, wrappermode: bool) -> None:
    [transport] = relay_hosts.transports(mailserver(**environ).relay_hosts, "/etc")
    assert (transport.tls_security_level, transport.tls_wrappermode) == (level, wrappermode)


def test_passwords_stand_in_files_for_root_only() -> None:
    config = {LOGINS: "@example.com u:hunter2\n"}
    tree = render(mailserver(ACCOUNTS | config, RELAY_HOST="r.example", DEFAULT_RELAY_HOST="[d.example]:587"))
    holding = [path for path, file in tree.items() if "hunter2" in file.content]
    assert holding == ["postfix/relay-r.example-25-logins"]
    assert (tree[holding[0]].mode, tree[holding[0]].secret) == (0o600, True)


def test_the_level_for_everybody_else_and_the_restrictions_stay() -> None:
    plain, relayed = mailserver(), mailserver(DEFAULT_RELAY_HOST="[d.example]:465", RELAY_HOST="r.example", **LOGIN)
    main = render(relayed)["postfix/main.cf"].content
    assert "\nsmtp_tls_security_level = may\n" in main
    assert "smtp_sasl" not in main
    assert smtpd_restrictions(relayed) == smtpd_restrictions(plain)
    assert mua_restrictions(relayed) == mua_restrictions(plain)
    assert relayed.mynetworks == plain.mynetworks


def test_options_of_a_relay_s_transport_can_be_overridden() -> None:
    override = {"postfix-master.cf": "relay-r.example-25/unix/smtp_tls_security_level=encrypt\n"}
    master = render(mailserver(ACCOUNTS | override, RELAY_HOST="r.example", **LOGIN))["postfix/master.cf"].content
    assert "  -o smtp_tls_security_level=encrypt\n" in master
    assert "secure" not in master
    assert "relay-r.example-25/unix does nothing" in str(mailserver(ACCOUNTS | override).warnings)
