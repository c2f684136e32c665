from __future__ import annotations

import pytest

from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, mailserver, refused

POLL = "poll imap.example.net proto imap user bob pass secret is 'bob@example.com' ssl\n"
ON = {"ENABLE_FETCHMAIL": "1"}


def about(config: dict[str, str], **environ: str) -> list[str]:
    """What is said about fetching."""
    return [line for line in refused(ACCOUNTS | config, **environ) if "fetchmail" in line.lower()]


@pytest.mark.parametrize(
    ("config", "environ", "said"),
    [
        ({}, {}, []),
        ({"fetchmail.cf": POLL}, ON, []),
        ({"fetchmail.cf": POLL}, {}, ["warning: fetchmail.cf: has no effect without ENABLE_FETCHMAIL=1"]),
        ({}, {"FETCHMAIL_POLL": "60"},
         ["warning: environment: FETCHMAIL_POLL: has no effect without ENABLE_FETCHMAIL=1"]),
        ({}, {"FETCHMAIL_POLL": "300", "FETCHMAIL_PARALLEL": "0"}, []),
        ({}, {"FETCHMAIL_POLL": "0"}, ["environment: FETCHMAIL_POLL: '0' is not a whole number from 1",
         "warning: environment: FETCHMAIL_POLL: has no effect without ENABLE_FETCHMAIL=1"]),
        ({"fetchmail.cf": POLL}, ON | {"SMTP_ONLY": "1"},
         ["warning: environment: ENABLE_FETCHMAIL: SMTP_ONLY runs no Dovecot, so there are no mailboxes;"
          " it has no effect"]),
        ({"fetchmail.cf": POLL}, ON | {"SMTP_ONLY": "1", "POSTFIX_DAGENT": "lmtp:inet:backend:24"}, []),
    ],
)  # fmt: skip
def test_settings_and_file(config: dict[str, str], environ: dict[str, str], said: list[str]) -> None:
    assert about(config, **environ) == said


def test_a_missing_file_is_refused_with_the_cure() -> None:
    [line] = about({}, **ON)
    assert line.startswith("environment: ENABLE_FETCHMAIL: needs fetchmail.cf in the config folder, which is missing")
    assert "or set ENABLE_FETCHMAIL=0" in line


@pytest.mark.parametrize("text", ["", "# nothing\n", "skip a user b pass c is 'bob@example.com'\n", "defaults ssl\n"])
def test_a_file_without_a_server_is_refused(text: str) -> None:
    [line] = about({"fetchmail.cf": text}, **ON)
    assert line.startswith("fetchmail.cf: polls no server")


def test_passwords_are_in_no_message() -> None:
    assert "secret" not in str(about({"fetchmail.cf": "user secret pass secret\n"}, **ON))


def rcs(text: str, **environ: str) -> dict[str, str]:
    """The rendered files of fetchmail."""
    tree = render(mailserver(ACCOUNTS | {"fetchmail.cf": text}, **ON | environ))
    return {path: file.content for path, file in tree.items() if path.startswith("fetchmail/")}


def test_only_fetchmail_may_read_it() -> None:
    tree = render(mailserver(ACCOUNTS | {"fetchmail.cf": POLL}, **ON))
    file = tree["fetchmail/fetchmail.rc"]
    assert (file.mode, file.owner, file.secret) == (0o400, "fetchmail:root", True)
    assert "pass secret" not in "".join(other.content for path, other in tree.items() if other is not file)


def test_our_defaults_come_first() -> None:
    [text] = rcs(POLL).values()
    ours, theirs = text.split("poll imap.example.net")
    assert 'defaults\n  sslproto "TLS1.2+"\n  limit 10240000\n  warnings 86400\n' in ours
    assert theirs


def test_the_operators_defaults_win() -> None:
    [text] = rcs("set syslog\ndefaults sslproto '' limit 7\n" + POLL).values()
    assert text.count("sslproto") == text.count("limit") == text.count("defaults") == 1
    assert "limit 7\n  warnings 86400\npoll" in text


def test_no_limit_means_none() -> None:
    assert "limit" not in "".join(rcs(POLL, POSTFIX_MESSAGE_SIZE_LIMIT="0").values())


def test_one_file_for_each_server() -> None:
    text = (
        "set syslog\n" + POLL + POLL.replace("bob", "alice") + "skip x user y pass z\n" + POLL.replace("imap.e", "b/")
    )
    found = rcs(text, FETCHMAIL_PARALLEL="1")
    assert list(found) == [
        f"fetchmail/{name}.rc" for name in ("b_xample.net", "imap.example.net+2", "imap.example.net")
    ]
    assert all(each.count("set syslog") == 1 == each.count("poll ") for each in found.values())
    assert "alice" in found["fetchmail/imap.example.net+2.rc"]


def test_each_line_has_its_origin() -> None:
    tree = render(mailserver(ACCOUNTS | {"fetchmail.cf": "# x\ndefaults ssl\n" + POLL}, **ON))
    file = tree["fetchmail/fetchmail.rc"]
    rows = file.content.splitlines()
    assert file.origin(rows.index(POLL.strip()) + 1) == "fetchmail.cf:3"
    assert file.origin(rows.index("defaults ssl") + 1) == "fetchmail.cf:2"
    assert file.origin(rows.index("  warnings 86400") + 1) == file.origin(1) == ""
