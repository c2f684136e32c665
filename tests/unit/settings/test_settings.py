from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright import settings
from mailwright.core.values import Value
from mailwright.settings import Settings, compatibility
from tests.unit.operator import told

ENV = "environment"


def parsed(**values: str) -> tuple[Settings, list[str]]:
    parsed_settings, problems = settings.settings({name: Value(text, ENV) for name, text in values.items()})
    return parsed_settings, told(problems)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        *(("SMTP_ONLY", word, True) for word in ("1", "true", "YES", "on", " 1 ")),
        *(("ENABLE_IMAP", word, False) for word in ("0", "False", "no", "off")),
        ("POSTFIX_MESSAGE_SIZE_LIMIT", "25M", 25 << 20),
        ("POSTFIX_MESSAGE_SIZE_LIMIT", "0", 0),
        ("OVERRIDE_HOSTNAME", "Mail.Example.COM.", "mail.example.com"),
        ("POSTMASTER_ADDRESS", "Ops@Example.com", "Ops@example.com"),
        ("DMS_VMAIL_UID", "1000", 1000),
        ("POSTFIX_DAGENT", "lmtp:inet:backend:24", "lmtp:inet:backend:24"),
        ("POSTFIX_DAGENT", "lmtp:unix:/run/lmtp", "lmtp:unix:/run/lmtp"),
        ("SSL_CERT_PATH", "/certs/mail.pem", "/certs/mail.pem"),
        ("SSL_DOMAIN", "*.Example.com", "example.com"),
        ("SSL_TYPE", "letsencrypt", "letsencrypt"),
        ("NETWORK_INTERFACE", "enp0s3.1", "enp0s3.1"),
        ("POSTFIX_INET_PROTOCOLS", "ipv6", "ipv6"),
    ],
)
def test_good_values(name: str, text: str, value: object) -> None:
    parsed_settings, problems = parsed(**{name: text})
    assert (getattr(parsed_settings, name.lower()), problems) == (value, [])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("SMTP_ONLY", "2", "'2' is not 0 or 1 (also accepted: no, yes, off, on, false, true)"),
        ("ENABLE_IMAP", "ja", "'ja' is not 0 or 1 (also accepted: no, yes, off, on, false, true)"),
        ("POSTFIX_MESSAGE_SIZE_LIMIT", "10X", "'10X' is not a size in bytes (hint: 10485760 or 10M)"),
        ("POSTFIX_MESSAGE_SIZE_LIMIT", "-1", "'-1' is not a size in bytes (hint: 10485760 or 10M)"),
        ("OVERRIDE_HOSTNAME", "mail", "'mail' is not fully qualified (such as mail.example.com)"),
        (
            "OVERRIDE_HOSTNAME",
            "mail 1.example.com",
            "'mail 1.example.com' is not a domain name (such as mail.example.com)",
        ),
        ("POSTMASTER_ADDRESS", "ops", "'ops' is not an address (user@domain)"),
        (
            "DMS_VMAIL_UID",
            "499",
            "'499' is the number of a system user, below 500 (such as 5000; a start gives the mail to it)",
        ),
        ("DMS_VMAIL_UID", "0", "'0' is not a user or group number above 0"),
        ("DMS_VMAIL_GID", "vmail", "'vmail' is not a user or group number above 0"),
        ("DMS_VMAIL_GID", "²", "'²' is not a user or group number above 0"),
        ("POSTFIX_DAGENT", "backend", "'backend' is not a transport (hint: lmtp:inet:host:port, see transport(5))"),
        ("POSTFIX_DAGENT", "lmtp:a b", "'lmtp:a b' is not a transport (hint: lmtp:inet:host:port, see transport(5))"),
        ("SSL_KEY_PATH", "key.pem", "'key.pem' is not an absolute path inside the container"),
        (
            "SSL_TYPE",
            "letsencrpyt",
            "'letsencrpyt' is not one of acme, letsencrypt, manual, custom, self-signed, snakeoil"
            " (did you mean letsencrypt?)",
        ),
        ("TLS_LEVEL", "old", "'old' is not one of modern, intermediate"),
        ("POSTFIX_INET_PROTOCOLS", "ipv5", "'ipv5' is not one of all, ipv4, ipv6 (did you mean ipv6?)"),
    ],
)
def test_bad_values(name: str, text: str, message: str) -> None:
    parsed_settings, problems = parsed(**{name: text})
    assert problems == [f"environment: {name}: {message}"]
    assert getattr(parsed_settings, name.lower()) == getattr(Settings(), name.lower())


def test_a_network_interface_with_blanks() -> None:
    assert parsed(NETWORK_INTERFACE="eth 0")[1][0].startswith("environment: NETWORK_INTERFACE: 'eth 0' is not accepted")


def test_all_problems_at_once_and_the_good_values_stay() -> None:
    parsed_settings, problems = parsed(SMTP_ONLY="x", TLS_LEVEL="y", TZ="Europe/Berlin")
    assert len(problems) == 2
    assert parsed_settings.tz == "Europe/Berlin"


@pytest.mark.parametrize(
    ("name", "origin", "messages"),
    [
        ("ENABLE_SUBMISION", ENV, ["environment: ENABLE_SUBMISION is not a setting (did you mean ENABLE_SUBMISSION?)"]),
        ("ENABLE_RSPMAD", "mailserver.env:3", ["mailserver.env:3: ENABLE_RSPMAD is not a setting"
                                               " (did you mean ENABLE_RSPAMD?)"]),
        ("COLOUR", "mailserver.env:3", ["warning: mailserver.env:3: COLOUR is not a setting; it is ignored"]),
        ("COLOUR", ENV, []),
        ("TZ", ENV, []),
    ],
)  # fmt: skip
def test_unknown_names(name: str, origin: str, messages: list[str]) -> None:
    assert told(settings.unknown_names({name: Value("1", origin)})) == messages


@pytest.mark.parametrize(
    "name", "PATH HOME HOSTNAME HOSTTYPE LANG TERM PWD SHLVL LOGNAME DEBIAN_FRONTEND TMPDIR".split()
)
def test_a_containers_own_variables_are_no_misspelt_settings(name: str) -> None:
    assert settings.unknown_names({name: Value("1", ENV)}) == []


@pytest.mark.parametrize(
    ("name", "text", "messages"),
    [
        ("ACCOUNT_PROVISIONER", "FILE", []),
        ("ONE_DIR", "1", ["warning: environment: ONE_DIR has no effect"
                          " (hint: state is always stored in /var/mail-state)"]),
        ("UPDATE_CHECK_INTERVAL", "1d", []),
        ("UPDATE_CHECK_INTERVAL", "2d", ["warning: environment: UPDATE_CHECK_INTERVAL has no effect"
                                         " (hint: Mailwright does not check for updates)"]),
        ("TZ", "UTC", []),
    ],
)  # fmt: skip
def test_not_supported(name: str, text: str, messages: list[str]) -> None:
    assert told(settings.not_supported({name: Value(text, ENV)})) == messages


def test_every_name_is_known_once() -> None:
    assert len(settings.KNOWN) == len(settings.NAMES) + len(compatibility.RETIRED)


def test_who_made_the_certificate() -> None:
    assert Settings().own_certificate
    assert not parsed(SSL_TYPE="manual")[0].own_certificate


@given(st.dictionaries(st.sampled_from(settings.NAMES), st.text()))
def test_any_text_is_a_value_or_one_problem(texts: dict[str, str]) -> None:
    parsed_settings, problems = settings.settings({name: Value(text, ENV) for name, text in texts.items()})
    assert isinstance(parsed_settings, Settings)
    assert len(problems) <= len(texts)
    assert all(problem.where == ENV and problem.what.split(":")[0] in texts for problem in problems)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("enable_pop3", "0, 1"),
        ("tls_level", "modern, intermediate"),
        ("postfix_message_size_limit", "size in bytes, such as 25M"),
        ("tz", "text"),
    ],
)
def test_what_a_setting_takes_in_words(name: str, words: str) -> None:
    assert settings.accepted(settings.Settings.model_fields[name]) == words


def test_what_is_private_is_secret_unless_it_is_looked_at() -> None:
    fields = settings.Settings.model_fields
    assert {name for name, info in fields.items() if settings.is_private(info) and not settings.is_secret(info)} == {
        "default_relay_host",
        "relay_host",
    }
    assert settings.is_secret(fields["relay_password"])
    assert not settings.is_private(fields["tz"])


def test_only_what_is_validated_has_a_schema() -> None:
    assert Settings.__pydantic_complete__
    assert not any(section.__pydantic_complete__ for section in settings.SECTIONS)
