from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.core.values import Value
from mailwright.model import variables
from mailwright.model.sources import Sources, Unreadable
from mailwright.model.variables import Variables
from mailwright.settings import Settings
from tests.unit.operator import file, sources, told

ENV = "mailserver.env"


def decided(given: Sources) -> Variables:
    return variables.variables(variables.statements(given), given.files)


def of(config: dict[str, str], files: dict[str, bytes] | None = None, **environ: str) -> Variables:
    given = sources(config, **environ)
    return decided(replace(given, files={**given.files, **(files or {})}))


def test_the_environment_wins_and_empty_is_unset() -> None:
    found = of({ENV: "TZ=low\nTLS_LEVEL=modern\nSSL_DOMAIN=\n"}, TZ="high", TLS_LEVEL="")
    assert found.values == {"TZ": Value("high", "environment"), "TLS_LEVEL": Value("modern", "mailserver.env:2")}
    assert (found.origin("TZ"), found.origin("TLS_LEVEL"), found.origin("SSL_DOMAIN")) == (
        *("environment", "mailserver.env:2", "environment"),
    )
    assert "TZ" in found
    assert "SSL_DOMAIN" not in found


def test_an_empty_last_line_unsets_the_variable() -> None:
    assert of({ENV: "TLS_LEVEL=intermediate\nTLS_LEVEL=\n"}).settings.tls_level == Settings().tls_level


def test_secrets() -> None:
    environ = {"TZ__FILE": "/run/tz", "SSL_TYPE": "manual", "OTHER__FILE": "/run/other"}
    given = sources({ENV: "\n\nSSL_TYPE__FILE=/run/secret\n"}, **environ)
    assert variables.statements(given).secrets() == {"TZ": "/run/tz"}
    found = decided(replace(given, files={"/run/tz": b"Europe/Berlin\r\n"}))
    assert found.values == {
        "TZ": Value("Europe/Berlin", "environment (/run/tz)", from_file=True),
        "SSL_TYPE": Value("manual", "environment"),
        "OTHER__FILE": Value("/run/other", "environment"),
    }
    assert told(found.problems) == ["warning: mailserver.env:3: SSL_TYPE__FILE: SSL_TYPE is set too and wins"]


@pytest.mark.parametrize("content", [None, Unreadable("is a folder, not a file")])
def test_a_secret_that_can_not_be_read(content: Unreadable | None) -> None:
    given = sources({}, TZ__FILE="/no")
    found = decided(replace(given, files={"/no": content} if content else {}))
    assert found.values == {}
    assert told(found.problems) == ["environment: TZ__FILE: /no cannot be read"]


def test_an_empty_secret_is_unset() -> None:
    assert of({}, {"/run/level": b"\n"}, TLS_LEVEL__FILE="/run/level").problems == ()


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\rb", "a\0b", "a\u2028b", "\x7f"])
def test_control_characters(text: str) -> None:
    found = of({}, POSTFIX_DAGENT=text)
    assert told(found.problems) == ["environment: POSTFIX_DAGENT: has a line break or control character"]
    assert found.settings.postfix_dagent == ""


def test_a_file_given_on_the_command_line_stands_for_the_environment() -> None:
    given = replace(sources({ENV: "TZ=a\n"}, TLS_LEVEL="modern"), env_file=file("TZ=b\n", "my.env"))
    assert decided(given).values == {"TZ": Value("b", "my.env:1")}


def test_an_unreadable_file() -> None:
    given = replace(sources(), config={ENV: Unreadable("is a folder, not a file")})
    assert told(decided(given).problems) == ["mailserver.env: is a folder, not a file"]


@pytest.mark.parametrize(
    ("override", "fqdn", "hostname", "domain"),
    [
        ("", "mail.example.com", "mail.example.com", "example.com"),
        ("", "Mail.Sub.Example.com.", "mail.sub.example.com", "sub.example.com"),
        ("", "example.com", "example.com", "example.com"),
        ("mx.example.org", "mail.example.com", "mx.example.org", "example.org"),
        ("", "mail", "mail", "mail"),
    ],
)
def test_names(override: str, fqdn: str, hostname: str, domain: str) -> None:
    assert variables.names(Settings(override_hostname=override), fqdn) == (hostname, domain)
