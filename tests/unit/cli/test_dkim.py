from __future__ import annotations

import pytest

from mailwright.cli.dkim import listed
from mailwright.core.problems import warnings
from tests.unit.formats.test_dkim_keys import ED, pem
from tests.unit.operator import ACCOUNTS, mailserver

PATH = "opendkim/keys/example.com/mail.private"


@pytest.mark.parametrize(("rspamd", "stage"), [("1", "signing"), ("0", "unused")])
def test_no_key_is_said_to_sign_without_a_filter(rspamd: str, stage: str) -> None:
    server = mailserver(ACCOUNTS | {PATH: pem(ED).decode()}, ENABLE_RSPAMD=rspamd)
    assert [row["stage"] for row in listed(server, lambda _: ())] == [stage]
    assert (PATH in [problem.where for problem in warnings(server.warnings)]) is (stage == "unused")
