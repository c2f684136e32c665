"""setup history: what each pass did, why it was made, and which were refused; a restart keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import docker, until
from tests.container.lab import Lab, Server, accounts


def outcome(server: Server) -> dict[str, Any]:
    return dict(json.loads(server.run("cat", "/run/mailwright/state.json")))


def put(server: Server, name: str, text: str) -> None:
    assert server.config
    (server.config / name).write_text(text)


def applied(server: Server, name: str, text: str) -> None:
    """The file is written and live."""
    before = outcome(server)["generation"]
    put(server, name, text)
    until("a new generation", lambda: outcome(server)["generation"] != before)


def history(server: Server) -> list[dict[str, Any]]:
    return list(json.loads(server.run("setup", "history", "--json")))


PROBLEM = "postfix-virtual.cf:1: alias 'nonsense' has no target (hint: alias target[,target…])"


@pytest.fixture
def server(lab: Lab) -> Iterator[Server]:
    """A server whose history begins with its start."""
    server = lab.mailserver("history", {"postfix-accounts.cf": accounts(ALICE)})
    yield server
    lab.forget(server)


def test_what_was_done_and_why(server: Server) -> None:
    applied(server, "mailserver.env", "POSTFIX_MESSAGE_SIZE_LIMIT=5M\n")
    server.run("setup", "email", "add", BOB, "a-secret-word")
    start, env, command = history(server)
    assert list(env) == ["at", "causes", "files", "actions", "problems", "generation", "version"]
    assert (start["causes"], start["files"], start["problems"]) == (["start"], [], [])
    assert start["actions"] == ["started rsyslog, dovecot, postfix, watch"]
    limit = {"path": "postfix/main.cf", "kind": "changed", "parameters": ["message_size_limit"]}
    assert (env["causes"], limit | {"added": 0, "removed": 0} in env["files"]) == (["mailserver.env changed"], True)
    assert env["actions"] == ["reloaded dovecot", "reloaded postfix"]
    assert command["causes"] == [f"setup email add {BOB}"]
    tables = [("dovecot/userdb", 1), ("postfix/mailboxes", 1)]
    assert [(change["path"], change["added"]) for change in command["files"]] == tables
    assert f"(dovecot/userdb: +1 row, postfix/mailboxes: +1 row), because of setup email add {BOB}; " in server.log()
    assert "a-secret-word" not in server.run("cat", "/var/mail-state/history.json") + server.log()
    assert server.run("stat", "-c", "%a %U", "/var/mail-state/history.json").strip() == "600 root"


def test_a_refusal_is_kept_once_and_its_causes_wait(server: Server) -> None:
    put(server, "postfix-virtual.cf", "nonsense\n")
    until("the problem", lambda: outcome(server)["problems"])
    put(server, "postfix-main.cf", "smtpd_timeout = 90s\n")  # refused as well, for the same reason
    until("both causes", lambda: len(outcome(server)["waiting"]["files"]) == 2)
    applied(server, "postfix-virtual.cf", f"info@example.test {BOB}\n")
    _, refused, solved = history(server)
    assert (refused["causes"], refused["files"], refused["problems"]) == (["postfix-virtual.cf changed"], [], [PROBLEM])
    assert solved["causes"] == ["postfix-virtual.cf changed", "postfix-main.cf changed"]
    table = server.run("setup", "history").splitlines()
    assert table[0].split() == ["when", "why", "what", "changed", "result"]
    assert table[2].endswith(f"refused; 1 problem: {PROBLEM}")


def test_it_outlives_the_start(server: Server) -> None:
    applied(server, "postfix-main.cf", "smtpd_timeout = 90s\n")
    before = history(server)
    docker("restart", server.name)
    until("the second start", lambda: len(history(server)) > 2)
    assert history(server)[:2] == before
    assert history(server)[2]["causes"] == ["start"]
    put(server, "postfix-virtual.cf", "nonsense\n")
    for _ in range(2):  # a start that is refused, twice
        docker("restart", server.name)
        until("its end", lambda: docker("inspect", "-f", "{{.State.Running}}", server.name).strip() == "false")
    put(server, "postfix-virtual.cf", "")
    docker("start", server.name)
    until("the last start", lambda: history(server)[-1]["causes"] == ["start"] and not history(server)[-1]["problems"])
    refused = [entry for entry in history(server) if entry["causes"] == ["start"] and entry["problems"]]
    assert [entry["problems"] for entry in refused] == [[PROBLEM]]
