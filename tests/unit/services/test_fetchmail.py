"""What is said about fetchmail.cf, from what fetchmail understands."""

from __future__ import annotations

import pytest

from mailwright.services.fetchmail import judge
from tests.unit.operator import ACCOUNTS, mailserver, told

POLLS = "poll one.test proto imap user a pass b is 'bob@example.com'\npoll two.test proto imap user c pass d\n"
USER = {
    "remote": '"a"',
    "password": '"se\\"cret"',
    "localnames": '["bob@example.com"]',
    "mda": "None",
    "bsmtp": "None",
    "ssl": "TRUE",
    "sslproto": '"TLS1.2+"',
    "sslcertck": "TRUE",
    "sslfingerprint": "None",
    "smtphunt": '["localhost"]',
    "smtpaddress": "None",
    "smtpname": "None",
}


def said(name: str = "one.test", /, **options: str) -> list[str]:
    """What is said about one server whose login has these options, in the form of fetchmail's dump."""
    rows = "".join(f"\t\t    '{key}':{value},\n" for key, value in (USER | options).items())
    head = f"fetchmailrc = {{\n    'servers': [\n\t{{\n\t    \"pollname\":\"{name}\",\n\t    'users': [\n\t\t{{\n"
    server = mailserver(ACCOUNTS | {"fetchmail.cf": POLLS}, ENABLE_FETCHMAIL="1")
    return told(
        judge(server, f"TRUE=1; FALSE=0\n\n{head}{rows}\t\t}}\n\t\t,\t    ]\n\t}}\n    ]\n}}\n# End of initializer\n")
    )


def test_nothing_is_said_about_what_is_fine() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"ssl": "FALSE", "sslproto": '""'}, "warning: {}: password and mail cross the network without encryption"),
        ({"ssl": "FALSE"}, ""),
        ({"sslcertck": "FALSE"}, "warning: {}: the server's certificate is not verified"),
        ({"sslcertck": "FALSE", "sslfingerprint": '"AA:BB"'}, ""),
        ({"bsmtp": '"/x"'}, "{}: bsmtp would deliver past the filter"),
        ({"mda": '"/bin/false"'}, "warning: {}: mda has no effect"),
        ({"smtphunt": '["other/25"]'}, "warning: {}: smtphost has no effect"),
        ({"smtpname": '"x@y.test"'}, "warning: {}: smtpname has no effect"),
        ({"localnames": '["fetchmail"]'}, "{}: names no mailbox of this server (hint: is 'ADDRESS', after the user)"),
        ({"localnames": '["x@elsewhere.test"]'}, "warning: {}: 'x@elsewhere.test' is not an address of this server"),
        ({"localnames": '["Bob+old@Example.com"]'}, ""),
        ({"localnames": '[("a", "bob@example.com"), "alice@example.com", \'*\']'}, ""),
        ({"localnames": "['*']"}, "{}: names no mailbox"),
    ],
)
def test_one_login(options: dict[str, str], text: str) -> None:
    lines = said(**options)
    expected = text.format("fetchmail.cf:1: one.test").replace("{}", "")
    assert len(lines) == bool(text)
    assert all(line.startswith(expected) for line in lines)
    assert "cret" not in str(lines)


def test_each_server_has_its_line() -> None:
    assert said("two.test", mda='"/x"')[0].startswith("warning: fetchmail.cf:2: two.test:")


def test_no_dump() -> None:
    assert list(judge(mailserver(ACCOUNTS | {"fetchmail.cf": POLLS}, ENABLE_FETCHMAIL="1"), "")) == []
    assert list(judge(mailserver(ACCOUNTS), "x")) == []
