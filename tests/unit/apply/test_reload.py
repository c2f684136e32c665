from __future__ import annotations

import pytest

from mailwright.apply.reload import stated
from mailwright.services.declaration import Reload
from mailwright.services.dovecot import DOVECOT
from mailwright.services.postfix import POSTFIX


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inet_protocols = all\n", {"inet_protocols": "all"}),
        ("inet_protocols = all\ninet_protocols=ipv4\n", {"inet_protocols": "ipv4"}),
        ("inet_interfaces = a,\n  b\nmyhostname = x\n", {"inet_interfaces": "a, b"}),
        ("# inet_protocols = all\nsmtp_inet_protocols = x\n", {}),
    ],
)
def test_parameters_that_want_a_stop_and_start(text: str, said: dict[str, str]) -> None:
    assert stated(text, POSTFIX.reload) == said


def test_blocks_that_come_and_go() -> None:
    text = "protocols = imap\nservice imap-login {\n  service_count = 1\n}\n  service lmtp {\n}\nservice lmtp {\n}\n"
    assert stated(text, DOVECOT.reload) == {"protocols": "imap", "service": "imap-login lmtp"}
    assert stated(text, Reload()) == {}
