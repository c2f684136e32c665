"""setup history: what each pass did, why it was made, and which were refused; a restart keeps it."""

from __future__ import annotations

import json
from typing import Any

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


def test_the_history_says_what_was_done_and_why(lab: Lab) -> None:
    server = lab.mailserver("history", {"postfix-accounts.cf": accounts(ALICE)})
    (start,) = history(server)
    assert (start["causes"], start["files"], start["problems"]) == (["start"], [], [])
    assert start["actions"] == ["started rsyslog, dovecot, postfix, watch"]

    applied(server, "mailserver.env", "POSTFIX_MESSAGE_SIZE_LIMIT=5M\n")
    server.run("setup", "email", "add", BOB, "a-secret-word")
    problem = "postfix-virtual.cf:1: alias 'nonsense' has no target (hint: alias target[,target…])"
    put(server, "postfix-virtual.cf", "nonsense\n")
    until("the problem", lambda: outcome(server)["problems"])
    put(server, "postfix-main.cf", "smtpd_timeout = 90s\n")  # refused too, for the same reason
    until("both causes", lambda: len(outcome(server)["waiting"]["files"]) == 2)
    applied(server, "postfix-virtual.cf", f"info@example.test {BOB}\n")

    _, env, command, refused, solved = history(server)
    assert list(env) == ["at", "causes", "files", "actions", "problems", "generation", "version"]
    limit = {
        "path": "postfix/main.cf",
        "kind": "changed",
        "parameters": ["message_size_limit"],
        "added": 0,
        "removed": 0,
    }
    assert (env["causes"], limit in env["files"]) == (["mailserver.env changed"], True)
    assert env["actions"] == ["reloaded dovecot", "reloaded postfix"]
    assert command["causes"] == [f"setup email add {BOB}"]
    assert [(change["path"], change["added"]) for change in command["files"]] == [
        ("dovecot/userdb", 1),
        ("postfix/mailboxes", 1),
    ]
    assert (refused["causes"], refused["files"], refused["problems"]) == (["postfix-virtual.cf changed"], [], [problem])
    assert solved["causes"] == ["postfix-virtual.cf changed", "postfix-main.cf changed"]
    assert "a-secret-word" not in server.run("cat", "/var/mail-state/history.json") + server.log()
    assert server.run("stat", "-c", "%a %U", "/var/mail-state/history.json").strip() == "600 root"

    docker("restart", server.name)
    until("the second start", lambda: history(server)[-1]["causes"] == ["start"])
    assert len(history(server)) == 6
    table = server.run("setup", "history").splitlines()
    assert len(table) == 7
    assert table[0].split() == ["when", "why", "what", "changed", "result"]
    assert table[4].endswith(f"refused; 1 problem: {problem}")
    lab.forget(server)
