from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.core.problems import ConfigurationError
from mailwright.core.textfile import TextFile
from mailwright.model.building import build
from mailwright.model.reading import Reading
from mailwright.model.variables import statements
from mailwright.settings import Settings
from tests.unit.operator import ACCOUNTS, HASH, mailserver, refused, sources, told

SETTLED = {"postfix-accounts.cf": f"postmaster@example.com|{HASH}\n"}


def test_nothing_to_tell() -> None:
    assert refused(SETTLED) == []


@pytest.mark.parametrize(
    ("config", "environ", "said"),
    [
        ({}, {}, ["warning: postfix-accounts.cf: no accounts yet: nobody can log in, and mail is not received;"
                  " other servers are told to try again later (hint: setup email add ADDRESS)"]),
        ({}, {"SMTP_ONLY": "1"}, []),
        (SETTLED, {"TZ": "Europe/Belrin"}, ["environment: TZ: 'Europe/Belrin' is not a time zone"
                                            " (hint: such as Europe/Berlin)"]),
        (SETTLED, {"SMTP_ONLY": "1", "ENABLE_SUBMISSION": "1"},
         ["warning: environment: ENABLE_SUBMISSION: SMTP_ONLY runs no Dovecot, so nobody could log in;"
          " port 587 stays closed"]),
        (SETTLED, {"POSTFIX_DAGENT": "lmtp:a\nb"},
         ["environment: POSTFIX_DAGENT: has a line break or control character"]),
        (SETTLED | {"postfix-master.cf": "nosuch/inet/a=b\n"}, {}, ["postfix-master.cf:1: there is no service"]),
        (SETTLED | {"mailserver.env": "A B\nTLS_LEVEL=x\n"}, {},
         ["mailserver.env:1: is not a line", "mailserver.env:2: TLS_LEVEL: 'x' is not one of"]),
        (SETTLED, {"SSL_TYPE": "custom"}, ["environment: SSL_TYPE=custom: /tmp/docker-mailserver/ssl/"]),
        (SETTLED, {"TZ__FILE": "/no"}, ["environment: TZ__FILE: /no cannot be read"]),
    ],
)  # fmt: skip
def test_problems(config: dict[str, str], environ: dict[str, str], said: list[str]) -> None:
    problems = refused(config, **environ)
    assert len(problems) == len(said)
    assert all(line.startswith(text) for line, text in zip(problems, said, strict=True))


def test_every_problem_at_once_with_warnings() -> None:
    config = {"postfix-accounts.cf": "nonsense\n", "postfix-virtual.cf": "x\n", "getmail-x.cf": "x"}
    with pytest.raises(ConfigurationError) as caught:
        mailserver(config, SMTP_ONLY="x", ENABLE_FETCHMAIL="1")
    assert len(caught.value.problems) == 6


def test_a_host_name_without_a_domain() -> None:
    with pytest.raises(ConfigurationError, match="the host name 'mail' is not fully qualified"):
        build(Reading.of(replace(sources(), fqdn="mail")))


def test_precedence() -> None:
    config = ACCOUNTS | {"mailserver.env": "TLS_LEVEL=intermediate\nENABLE_POP3=1\nSPOOF_PROTECTION=0\n"}
    server = mailserver(config, TLS_LEVEL="modern", ENABLE_POP3="")
    assert (server.settings.tls_level, server.settings.enable_pop3, server.settings.spoof_protection) == (
        "modern",
        True,
        False,
    )


def test_a_command_lines_env_file_stands_for_the_environment() -> None:
    given_file = TextFile("my.env", "ENABLE_POP3=1\nTZ=x\n")
    with pytest.raises(ConfigurationError) as caught:
        build(Reading.of(replace(sources(SETTLED, SMTP_ONLY="x"), env_file=given_file)))
    assert told(caught.value.problems) == ["my.env:2: TZ: 'x' is not a time zone (hint: such as Europe/Berlin)"]


def test_a_secret() -> None:
    asked = sources(SETTLED, POSTFIX_DAGENT__FILE="/run/secrets/agent")
    assert statements(asked).secrets() == {"POSTFIX_DAGENT": "/run/secrets/agent"}
    server = build(Reading.of(replace(asked, files={**asked.files, "/run/secrets/agent": b"lmtp:inet:x:24\n"})))
    assert server.settings.postfix_dagent == "lmtp:inet:x:24"


@pytest.mark.parametrize(
    ("said", "ssl_type", "level"),
    [("", "", "none"), ("may", "", "may"), ("", "manual", "may"), ("none", "manual", "none")],
)
def test_starttls_on_port_25(said: str, ssl_type: str, level: str) -> None:
    chosen = Settings.model_validate({"smtpd_tls_security_level": said, "ssl_type": ssl_type})
    assert replace(mailserver(), settings=chosen).smtpd_tls_security_level == level


@pytest.mark.parametrize(
    ("environ", "overridden", "hides"),
    [
        ({}, {}, True),
        ({"ENABLE_RSPAMD": "0"}, {}, False),
        ({"RSPAMD_DOWN_ACTION": "accept"}, {}, False),
        ({}, {"postfix-main.cf": "smtpd_milters = inet:other:1\n"}, False),
        ({}, {"postfix-main.cf": "milter_default_action = accept\n"}, False),
        ({}, {"postfix-main.cf": "mailwright_milter = inet:other:1\n"}, False),
        ({}, {"postfix-main.cf": "header_checks = regexp:/x\nbiff = yes\n"}, True),
        ({}, {"postfix-master.cf": "submission/inet/receive_override_options=no_milters\n"}, False),
        ({}, {"postfix-master.cf": "sender-cleanup/unix/header_checks=\n"}, False),
        ({}, {"postfix-master.cf": "submission/inet/smtpd_timeout=9s\n"}, True),
    ],
)
def test_who_hides_the_headers_of_submitted_mail(
    environ: dict[str, str], overridden: dict[str, str], hides: bool
) -> None:
    assert mailserver(SETTLED | overridden, **environ).filter_hides_headers == hides


FILES = st.sampled_from(
    "mailserver.env postfix-accounts.cf postfix-virtual.cf postfix-regexp.cf postfix-aliases.cf postfix-main.cf"
    " postfix-master.cf dovecot.cf".split()
)


@given(st.dictionaries(FILES, st.binary()), st.dictionaries(st.sampled_from(["TZ", "SSL_TYPE"]), st.text()))
def test_whatever_is_given_becomes_a_mailserver_or_problems(config: dict[str, bytes], environ: dict[str, str]) -> None:
    try:
        problems = build(Reading.of(replace(sources(**environ), config=config))).warnings
    except ConfigurationError as error:
        problems = tuple(error.problems)
    assert all(str(problem).isprintable() and ": " in str(problem) for problem in problems)


def test_paths_of_a_certificate_without_ssl_type_manual_are_told() -> None:
    said = refused(SSL_CERT_PATH="/certs/chain.pem")
    assert "warning: environment: SSL_CERT_PATH: has no effect without SSL_TYPE=manual" in said
