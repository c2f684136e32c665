from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.explain.stated import Stated, stated
from mailwright.model.reading import Reading
from mailwright.model.sources import Sources
from tests.unit.operator import ACCOUNTS, file, sources


def told(given: Sources, name: str) -> Stated:
    return stated(Reading.of(given).variables)[name]


def overruled(it: Stated) -> list[tuple[str, str]]:
    return [(said.text, said.origin) for said in it.overruled]


def test_a_default() -> None:
    it = told(sources(), "TLS_LEVEL")
    assert (it.value, it.origin, it.changed, it.overruled) == ("modern", "default", False, ())


def test_the_environment_wins_and_every_loser_is_told_in_order() -> None:
    config = ACCOUNTS | {"mailserver.env": "TLS_LEVEL=modern\nTLS_LEVEL=intermediate\n"}
    files = {"/run/level": b"modern\n"}
    given = sources(config, TLS_LEVEL="intermediate", TLS_LEVEL__FILE="/run/level")
    it = told(replace(given, files={**given.files, **files}), "TLS_LEVEL")
    assert (it.value, it.origin, it.changed) == ("intermediate", "environment", True)
    assert overruled(it) == [
        ("intermediate", "mailserver.env:2"),
        ("modern", "mailserver.env:1"),
        ("the content of /run/level", "environment (/run/level)"),
    ]


def test_a_file_given_on_the_command_line_stands_for_the_environment() -> None:
    config = ACCOUNTS | {"mailserver.env": "ENABLE_POP3=0\n"}
    given = replace(sources(config, ENABLE_POP3="0"), env_file=file("# mine\nENABLE_POP3=yes\n", "mail.env"))
    it = told(given, "ENABLE_POP3")
    assert (it.value, it.origin) == ("1", "mail.env:2")
    assert overruled(it) == [("0", "mailserver.env:1")]


@pytest.mark.parametrize("name", ["RELAY_PASSWORD", "RELAY_USER"])
def test_secrets_are_not_told_whether_they_count_or_not(name: str) -> None:
    config = ACCOUNTS | {"mailserver.env": f"{name}=hunter1\n"}
    it = told(sources(config, RELAY_HOST="smtp.example.net", **{name: "hunter2"}), name)
    assert (it.value, it.origin, it.secret) == ("(secret)", "environment", True)
    assert "hunter" not in repr(it)


def test_a_host_that_is_accepted_is_shown_and_a_text_that_was_not_looked_at_is_not() -> None:
    config = ACCOUNTS | {"mailserver.env": "RELAY_HOST=hunter2@smtp.example\n"}
    it = told(sources(config, RELAY_HOST="smtp.example.net"), "RELAY_HOST")
    assert it.value == "smtp.example.net"
    assert overruled(it) == [("(secret)", "mailserver.env:1")]
