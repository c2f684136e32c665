"""status: one screen about a server that runs, one that is wrong, and none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.container.conftest import ALICE
from tests.container.docker import IMAGE, LABEL, docker, until
from tests.container.lab import Server

HOST = "mail.example.test"
NAMES = {25: "smtp", 587: "submission", 143: "imap", 993: "imaps"}


def status(server: Server) -> tuple[int, dict[str, Any]]:
    done = server.ask("setup", "status", "--json")
    return done.code, json.loads(done.printed)


def keys(value: object) -> Iterator[str]:
    """All keys in a JSON value."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield from value
    for each in inner:
        yield from keys(each)


def test_what_runs(server: Server) -> None:
    until("all programs", lambda: "starting" not in server.run("setup", "status"))
    code, found = status(server)
    assert code == 0
    assert [key for key in keys(found) if " " in key] == []
    assert list(found) == [
        *("version", "hostname", "services", "ports", "away", "queue", "last_change", "problems", "warnings"),
        *("issuance", "certificates", "accounts", "aliases", "domains", "disk"),
    ]
    assert {name: it["state"] for name, it in found["services"].items()} == dict.fromkeys(
        ("rsyslog", "dovecot", "postfix", "watch"), "running"
    )
    assert all(0 <= it["uptime_seconds"] < 3600 for it in found["services"].values())
    ports = {(one["port"], one["name"], one["state"]) for one in found["ports"]}
    assert ports == {(port, name, "open") for port, name in NAMES.items()}
    assert found["queue"] == {"mails": 0, "oldest_seconds": 0}
    assert (found["accounts"], found["aliases"], found["domains"], found["problems"]) == (2, 0, 1, [])
    (certificate,) = found["certificates"]
    assert (certificate["names"], certificate["self_signed"]) == ([HOST], True)
    assert certificate["days_left"] > 3000
    assert all(it["free_bytes"] <= it["total_bytes"] for it in found["disk"].values())


def test_one_screen(server: Server) -> None:
    until("all programs", lambda: "starting" not in server.run("setup", "status"))
    screen = server.run("setup", "status").splitlines()
    assert len(screen) <= 24
    assert screen[0].endswith(f" on {HOST}")
    text = "\n".join(screen)
    assert re.search(r"^services     dovecot running for 0:\d\d:\d\d$", text, re.MULTILINE)
    assert re.search(r"^ports        open: 143 imap, 993 imaps, 25 smtp, 587 submission$", text, re.MULTILINE)
    assert re.search(r"^queue        empty$", text, re.MULTILINE)
    assert re.search(r"^certificate  mail.example.test: \d+ days left, self-signed$", text, re.MULTILINE)


def test_a_change_and_mail_that_waits(server: Server) -> None:
    assert server.config
    before = status(server)[1]["last_change"]["generation"]
    file = server.config / "postfix-virtual.cf"
    file.write_text(f"info@other.test {ALICE}\n@third.test @example.test\n")  # the second stands for an alias each
    found = until("the change", lambda: (it := status(server)[1])["last_change"]["generation"] > before and it)
    assert "postfix/virtual" in found["last_change"]["what"]
    assert (found["aliases"], found["domains"]) == (2, 3)
    server.run("sendmail", "-f", ALICE, "someone@[192.0.2.1]", text="Subject: x\n\nx\n")
    found = until("the queue", lambda: (it := status(server)[1])["queue"]["mails"] and it)
    assert found["queue"]["oldest_seconds"] < 60
    assert re.search(
        r"^queue        \d waiting, the oldest for 0:00:\d\d$", server.run("setup", "status"), re.MULTILINE
    )
    server.run("postsuper", "-d", "ALL")
    applied = found["last_change"]["generation"]
    file.write_text("# none\n")  # the counts are the folder's: they show it before it runs
    until("what was before", lambda: status(server)[1]["last_change"]["generation"] > applied)
    assert status(server)[1]["aliases"] == 0


def test_a_standing_problem(server: Server) -> None:
    assert server.config
    file = server.config / "postfix-virtual.cf"
    file.write_text("nonsense\n")
    try:
        found = until("the Problem", lambda: (it := status(server)[1])["problems"] and it)
        assert found["problems"][0].startswith("postfix-virtual.cf:1: alias 'nonsense' has no target")
        assert status(server)[0] == 1
    finally:
        file.write_text("# none\n")
    until("no problem", lambda: status(server)[0] == 0)


def test_where_no_server_runs() -> None:
    run = ("run", "--rm", "--label", LABEL, "--network", "none", "--hostname", HOST, "--entrypoint", "setup", IMAGE)
    said = docker(*run, "status", check=False)
    assert "services     no mail server runs in this container" in said
    assert "queue        not known" in said
    assert "last change  not known" in said
    assert "Traceback" not in said
    found = json.loads(docker(*run, "doctor", "--json", check=False))
    assert [it["code"] for it in found if it["level"] == "not asked"] == [
        "daemons-unasked",
        "queue-unasked",
        "dns-unasked",
    ]
