"""The host name is one that other servers accept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.core.problems import ConfigurationError
from mailwright.model.building import build
from mailwright.model.reading import Reading
from tests.unit.operator import ACCOUNTS, sources

HINT = "(hint: set hostname: mail.example.com in compose.yaml, or OVERRIDE_HOSTNAME)"


def said(fqdn: str = "mail.example.com", override: str = "") -> tuple[bool, list[str]]:
    """Whether the configuration is refused, and what it says about the host name."""
    environ = {"OVERRIDE_HOSTNAME": override} if override else {}
    given = replace(sources(ACCOUNTS, **environ), fqdn=fqdn)
    try:
        problems, refused = build(Reading.of(given)).warnings, False
    except ConfigurationError as error:
        problems, refused = tuple(error.problems), True
    return refused, [text for problem in problems if "host name" in (text := str(problem)) or "HOSTNAME:" in text]


@pytest.mark.parametrize("name", ["mail.example.com", "mail.example.com.", "MAIL.xn--mgbh0fb.example", "a.b"])
def test_a_host_name_is_accepted(name: str) -> None:
    assert said(name) == (False, [])
    assert said(override=name) == (False, [])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("203.0.113.5", "is an IP address, not a host name"),
        ("2001:db8::5", "is an IP address, not a host name"),
        ("[203.0.113.5]", "is an IP address, not a host name"),
        ("mail", "is not fully qualified"),
        ("mail.example.1", "is not a host name: it ends with a number"),
        ("-a.example.com", "is not a domain name"),
        ("mail..com", "is not a domain name"),
    ],
)
def test_what_is_not_a_host_name_is_refused_once(name: str, reason: str) -> None:
    assert said(name) == (True, [f"environment: the host name {name!r} {reason} {HINT}"])
    expected = f"environment: OVERRIDE_HOSTNAME: {name!r} {reason} (such as mail.example.com)"
    assert said(override=name) == (True, [expected])


@pytest.mark.parametrize("where", ["fqdn", "override"])
def test_an_underscore_is_warned_of_because_mail_flows_with_it(where: str) -> None:
    refused, [warning] = said(**{where: "mail_server.example.com"})
    assert not refused
    assert "has an underscore: some servers refuse mail from it" in warning
    assert "with - in its place" in warning
