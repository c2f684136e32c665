"""No Problem shows a password, in whatever file or variable and behind whatever separator an operator wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from mailwright import settings
from mailwright.core.problems import ConfigurationError
from mailwright.model.building import build
from mailwright.model.reading import Reading
from mailwright.model.sources import Sources
from tests.unit.operator import sources, told

SECRET = "hunter2"
FILES = [
    "postfix-accounts.cf", "dovecot-masters.cf", "dovecot-quotas.cf", "postfix-sasl-password.cf",
    "postfix-relaymap.cf", "postfix-virtual.cf", "postfix-aliases.cf", "postfix-regexp.cf", "postfix-send-access.cf",
    "postfix-receive-access.cf", "postfix-main.cf", "postfix-master.cf", "mailserver.env",
    "rspamd/custom-commands.conf", "whitelist_clients.local", "whitelist_recipients",
]  # fmt: skip
NAMES = ["alice@ours.test", "alice", "@ours.test", "[relay.test]:587", "relay.test", "RELAY_PASSWORD"]
SEPARATORS = [" ", "\t", "|", " | ", ":", ": ", ";", ",", "|alice|", "||", " alice:", ":alice:", "|{PLAIN}x\\n"]
SECRETS = [
    "hunter2",
    "{PLAIN}hunter2",
    "{SHA512-CRYPT}$6$hunter2",
    "$6$hunter2",
    '"hunter2"',
    "{PLAIN}hunter2|bob@x.test|hunter2",
]


def rows() -> Iterator[str]:
    """A name, a separator and a secret, in every combination."""
    return ("".join(parts) for parts in product(NAMES, SEPARATORS, SECRETS))


def said(given: Sources) -> list[str]:
    """The Problems with what is ``given``, as the operator reads them."""
    try:
        return told(build(Reading.of(given)).warnings)
    except ConfigurationError as error:
        return told(error.problems)


@pytest.mark.parametrize("name", FILES)
def test_no_row(name: str) -> None:
    problems = said(sources({name: "\n".join(rows()) + "\n"}))
    assert [line for line in problems if SECRET in line] == []
    assert name.startswith("whitelist_") or any(name in line for line in problems)


@pytest.mark.parametrize("name", sorted(settings.NAMES))
def test_no_content_of_a_secrets_file(name: str) -> None:
    given = sources(**{f"{name}__FILE": "/run/secrets/one"})
    given = replace(given, files={**given.files, "/run/secrets/one": b"alice:hunter2\n"})
    refused = [line for line in said(given) if name in line]
    assert [line for line in refused if SECRET in line] == []


def test_no_secret_that_was_written_in_place_of_the_path_of_its_file() -> None:
    refused = said(sources(RELAY_PASSWORD__FILE=SECRET))
    assert [line for line in refused if SECRET in line] == []
    assert any("RELAY_PASSWORD__FILE: its value cannot be read (hint: the path" in line for line in refused)


@pytest.mark.parametrize(
    "name", ["DEFAULT_RELAY_HOST", "RELAY_HOST", "RELAY_USER", "SRS_SECRET", "RSPAMD_WEB_PASSWORD"]
)
@pytest.mark.parametrize("value", ["alice:hunter2@relay.test:587", "hunter2 ", "hun hunter2", "a:hunter2"])
def test_no_value_of_a_private_variable(name: str, value: str) -> None:
    assert [line for line in said(sources(ENABLE_SRS="1", **{name: value})) if SECRET in line] == []
