"""Rspamd's worker for submission: there with submission, and asked unless an override names milters for all mail."""

from __future__ import annotations

import pytest

from mailwright.core.tree import Tree
from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, mailserver

SOCKET = "/run/rspamd-msa/milter.sock"
OPTION = f"  -o mailwright_milter=unix:{SOCKET}"
WORKER = {"rspamd/rspamd.conf.local", "rspamd/local.d/worker-submission.inc"}
FILTER = "smtpd_milters = inet:filter.example:1"


def tree(config: dict[str, str] | None = None, **environ: str) -> Tree:
    return render(mailserver(ACCOUNTS | (config or {}), **environ))


def options(rendered: Tree, service: str) -> list[str]:
    """The options of one service of master.cf that decide about milters."""
    _, _, after = rendered["postfix/master.cf"].content.partition(f"\n{service} inet ")
    lines = after.splitlines()[1:]
    end = next(number for number, line in enumerate(lines) if line and line[0] not in " #")
    return [line for line in lines[:end] if "milter" in line and not line.lstrip().startswith("#")]


@pytest.mark.parametrize(
    ("config", "environ", "services"),
    [
        ({}, {}, ["submission"]),
        ({}, {"ENABLE_SUBMISSIONS": "1"}, ["submission", "submissions"]),
        ({}, {"ENABLE_SUBMISSION": "0", "ENABLE_SUBMISSIONS": "1"}, ["submissions"]),
        ({}, {"RSPAMD_DOWN_ACTION": "accept"}, ["submission"]),
        ({"postfix-main.cf": "smtpd_milters = $mailwright_milter, inet:more.example:1\n"}, {}, ["submission"]),
        ({"postfix-main.cf": "non_smtpd_milters =\n"}, {}, ["submission"]),
        ({"postfix-master.cf": "smtp/inet/smtpd_milters=inet:filter.example:1\n"}, {}, ["submission"]),
        ({"rspamd/custom-commands.conf": "set-option-for-proxy timeout 90s\n"}, {}, ["submission"]),
        ({"rspamd/override.d/worker-proxy.inc": 'bind_socket = "*:11332";\n'}, {}, ["submission"]),
    ],
)
def test_asked(config: dict[str, str], environ: dict[str, str], services: list[str]) -> None:
    rendered = tree(config, **environ)
    assert {service: options(rendered, service) for service in services} == {service: [OPTION] for service in services}
    assert rendered["postfix/master.cf"].content.count(OPTION) == len(services)
    assert {*rendered} >= WORKER
    assert f"rspamd milter {SOCKET} plain -\n" in rendered["supervisor/dialogues"].content
    assert "\nmailwright_milter = unix:/run/rspamd/milter.sock\n" in rendered["postfix/main.cf"].content


@pytest.mark.parametrize(
    ("config", "environ", "main"),
    [
        ({}, {"ENABLE_RSPAMD": "0"}, None),
        ({}, {"ENABLE_SUBMISSION": "0"}, "smtpd_milters = $mailwright_milter"),
        ({}, {"SMTP_ONLY": "1"}, "smtpd_milters = $mailwright_milter"),
        ({"postfix-main.cf": f"{FILTER}\n"}, {"ENABLE_SUBMISSIONS": "1"}, FILTER),
        ({"postfix-main.cf": "smtpd_milters =\n"}, {}, "smtpd_milters ="),
        ({"postfix-main.cf": "mailwright_milter = inet:x:1\n"}, {}, "mailwright_milter = inet:x:1"),
    ],
)
def test_not_asked(config: dict[str, str], environ: dict[str, str], main: str | None) -> None:
    """What the operator says of all mail holds for users' mail too."""
    rendered = tree(config, **environ)
    assert "mailwright_milter" not in rendered["postfix/master.cf"].content
    # A live edit of postfix-main.cf does not end a worker that Postfix still asks.
    assert WORKER & {*rendered} == (WORKER if config else set())
    assert (SOCKET in rendered["supervisor/dialogues"].content) is bool(config)
    lines = rendered["postfix/main.cf"].content.splitlines()
    assert [line for line in lines if main and line == main] == ([main] if main else [])
    # A parameter that nothing refers to is a warning of postconf.
    stated = any(line.startswith("mailwright_milter =") for line in lines)
    assert stated is any(line.endswith("$mailwright_milter") for line in lines)


def test_an_option_for_one_port_takes_its_place() -> None:
    override = {"postfix-master.cf": "submission/inet/smtpd_milters=inet:filter.example:1\n"}
    rendered = tree(override, ENABLE_SUBMISSIONS="1")
    assert options(rendered, "submission") == [OPTION, "  -o smtpd_milters=inet:filter.example:1"]
    assert options(rendered, "submissions") == [OPTION]
