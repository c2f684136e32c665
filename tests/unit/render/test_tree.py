from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import settings
from mailwright.core.tree import diff
from mailwright.render.tree import enabled, render
from tests.unit.operator import ACCOUNTS, mailserver

POSTFIX = (
    "aliases",
    "domains",
    "mailboxes",
    "main.cf",
    "master.cf",
    "openssl.cnf",
    "postscreen_access",
    "command_filter",
    "senders",
)
ALWAYS = {
    *(f"postfix/{name}" for name in (*POSTFIX, "virtual")),
    *("dms/tls/cert", "dms/tls/key", "mailname", "rsyslog/rsyslog.conf"),
    *("supervisor/dialogues", "supervisor/probes", "supervisor/supervisord.conf", "watch/timetable.json"),
}
SUBMISSION = {"postfix/sender_header_filter"}
DOVECOT = SUBMISSION | {"dovecot/dovecot.conf", "dovecot/sievec.conf", "dovecot/userdb"}


@pytest.mark.parametrize(
    ("config", "environ", "paths"),
    [
        ({}, {}, ALWAYS | DOVECOT),
        ({}, {"SMTP_ONLY": "1"}, ALWAYS),
        ({"dovecot.cf": "a = b\n"}, {}, ALWAYS | DOVECOT | {"dovecot/local.conf"}),
        (
            {"postfix-regexp.cf": "/a/ bob@example.com\n"},
            {},
            ALWAYS | DOVECOT | {"postfix/regexp", "postfix/sub_addresses", "postfix/sub_senders"},
        ),
    ],
)
def test_every_file(config: dict[str, str], environ: dict[str, str], paths: set[str]) -> None:
    tree = render(mailserver(ACCOUNTS | config, ENABLE_RSPAMD="0", **environ))
    assert set(tree) == paths


def test_only_root_reads_secrets() -> None:
    secret = {path: (file.mode, file.owner) for path, file in render(mailserver()).items() if file.secret}
    assert secret == {"dms/tls/key": (0o600, "root:root"), "dovecot/userdb": (0o400, "dovecot:root")}


def test_a_staged_tree_refers_to_itself() -> None:
    for path, file in render(mailserver(), "/staged/etc").items():
        lines = [line for line in file.content.splitlines() if not line.lstrip().startswith(("#", "command"))]
        assert not [line for line in lines if " /etc/dms" in line or ":/etc/postfix" in line], path


def names(**environ: str) -> list[str]:
    return [service.name for service in enabled(mailserver(**environ))]


def test_services_in_the_order_of_the_start() -> None:
    assert names() == ["rsyslog", "redis", "rspamd", "dovecot", "postfix", "watch"]
    assert names(SMTP_ONLY="1", ENABLE_RSPAMD="0") == ["rsyslog", "postfix", "watch"]
    assert names(ENABLE_RSPAMD_REDIS="0", ENABLE_CLAMAV="1")[1:4] == ["rspamd", "freshclam", "clamav"]


@pytest.mark.parametrize(
    ("environ", "ports"),
    [
        ({}, {"imap", "imaps", "smtp", "submission"}),
        ({"ENABLE_POP3": "1", "ENABLE_SUBMISSIONS": "1", "ENABLE_IMAP": "0"},
         {"pop3", "pop3s", "smtp", "submission", "submissions"}),
        ({"SMTP_ONLY": "1"}, {"smtp"}),
    ],
)  # fmt: skip
def test_probes(environ: dict[str, str], ports: set[str]) -> None:
    probes = render(mailserver(**environ))["supervisor/probes"].content
    assert {line.split()[1] for line in probes.splitlines()} == ports


def test_the_same_sources_give_the_same_tree() -> None:
    server = mailserver(ENABLE_POP3="1")
    first = {path: file.content for path, file in render(server).items()}
    assert diff(first, render(server)) == []


SWITCHES = [name for section in settings.SECTIONS for name, info in settings.fields(section) if info.annotation is bool]


@given(st.dictionaries(st.sampled_from(SWITCHES), st.sampled_from("01")))
def test_every_mix_of_switches_is_rendered(environ: dict[str, str]) -> None:
    fitting = {
        "SASLAUTHD_MECHANISMS": "rimap",
        "OAUTH2_INTROSPECTION_URL": "https://id.example.com/userinfo",
    }
    files = {
        "fetchmail.cf": "poll x user y pass z is 'bob@example.com'\n",
        "getmail-x.cf": "[retriever]\ntype = SimpleIMAPSSLRetriever\npassword = z\n[destination]\ntype = MDA_external\n"
        "path = /usr/lib/dovecot/deliver\n",
    }
    assert set(render(mailserver(ACCOUNTS | files, **environ, **fitting))) >= ALWAYS
