from __future__ import annotations

import pytest

from mailwright.services.postfix.override_types import type_problems
from tests.unit.operator import ACCOUNTS, mailserver, told

DEFAULTS = """\
compatibility_level = 3.10
default_process_limit = 100
queue_run_delay = 300s
lmtp_tcp_port = 24
myhostname = localhost
"""


@pytest.mark.parametrize(
    ("row", "problems"),
    [
        ("default_process_limit = 50", []),
        ("default_process_limit = $other", []),
        ("default_process_limit = many", ["default_process_limit: 'many' is not a number"
                                          " (hint: Postfix's default is 100)"]),
        ("queue_run_delay = 5m", []),
        ("queue_run_delay = 300", []),
        ("queue_run_delay = 5 minutes", ["queue_run_delay: '5 minutes' is not a time"
                                         " (hint: Postfix's default is 300s)"]),
        ("lmtp_tcp_port = lmtp", []),
        ("compatibility_level = 3.9", []),
        ("myhostname = x", []),
        ("unknown = x", []),
    ],
)  # fmt: skip
def test_main_cf(row: str, problems: list[str]) -> None:
    server = mailserver(ACCOUNTS | {"postfix-main.cf": f"\n{row}\n"})
    assert told(type_problems(server, DEFAULTS)) == [f"postfix-main.cf:2: {line}" for line in problems]


def test_master_cf() -> None:
    server = mailserver(ACCOUNTS | {"postfix-master.cf": "smtp/inet/queue_run_delay=x\n"})
    (line,) = told(type_problems(server, DEFAULTS))
    assert line.startswith("postfix-master.cf:1: queue_run_delay: 'x' is not a time")
