"""Accounts that vanish are no wish: the server keeps them, and one that starts without says "later", not "never"."""

from __future__ import annotations

import smtplib

from tests.container.conftest import ALICE
from tests.container.docker import until
from tests.container.lab import Lab, Server, accounts


def answer(server: Server, recipient: str) -> int:
    """What RCPT is answered with."""
    with smtplib.SMTP(server.ip, 25, local_hostname="client.test", timeout=30) as client:
        client.ehlo()
        client.mail("")
        return client.rcpt(recipient)[0]


def unhealthy(server: Server) -> str:
    """What the health check says that is wrong; empty if the server is healthy."""
    said = server.run("python3", "-m", "mailwright.programs.health", check=False)
    return "" if "\nhealthy" in f"\n{said}" else said or "nothing"


def test_lost_accounts_are_kept_and_a_wish_is_done(lab: Lab) -> None:
    config = {"postfix-accounts.cf": accounts(ALICE), "postfix-virtual.cf": f"team@example.test {ALICE}\n"}
    server = lab.mailserver("example", config)
    assert server.config
    file, away = server.config / "postfix-accounts.cf", server.config / "away"
    file.rename(away)
    server.sees("postfix-accounts.cf: is no longer there")
    assert (answer(server, ALICE), answer(server, "team@example.test")) == (250, 250)
    until("an unhealthy server", lambda: "postfix-accounts.cf: is no longer there" in unhealthy(server), 20)
    file.write_text("")
    server.sees("postfix-accounts.cf: has no rows any more")
    assert answer(server, ALICE) == 250
    away.rename(file)
    server.sees("problems resolved; the running configuration matches the files")
    server.run("setup", "alias", "del", "team@example.test", ALICE)
    assert answer(server, "team@example.test") == 550
    server.run("setup", "email", "del", "-y", ALICE)
    assert answer(server, ALICE) == 454


def test_a_start_without_accounts_refuses_nothing_for_good(lab: Lab) -> None:
    server = lab.mailserver("empty", {}, hostname="mail.example.test")
    assert answer(server, ALICE) == 454
    until("health", lambda: not unhealthy(server), 30)
    server.sees("postfix-accounts.cf: no accounts yet")
    server.run("setup", "email", "add", ALICE, "secret")
    assert answer(server, ALICE) == 250
    until("a refusal for good", lambda: answer(server, "nobody@example.test") == 550, 20)
