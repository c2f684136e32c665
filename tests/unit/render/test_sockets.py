"""Daemons meet where Mailserver.sockets says, on both sides."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from mailwright.core.endpoints import Inet, Sockets
from mailwright.render.tree import render
from tests.unit.operator import mailserver

SERVER = mailserver(ENABLE_CLAMAV="1", ENABLE_MTA_STS="1", ENABLE_QUOTAS="1", POSTFIX_MAILBOX_SIZE_LIMIT="1G")
NAMES = [field.name for field in fields(Sockets)]
PLACES = {  # socket → where it stands, on the side that listens and on the side that asks
    "lmtp": ("dovecot/dovecot.conf", "postfix/main.cf", "supervisor/dialogues", "supervisor/supervisord.conf"),
    "auth": ("dovecot/dovecot.conf", "postfix/main.cf", "supervisor/supervisord.conf"),
    "quota_status": ("dovecot/dovecot.conf", "postfix/main.cf"),
    "milter": (
        *("rspamd/local.d/worker-proxy.inc", "postfix/main.cf", "supervisor/dialogues", "supervisor/supervisord.conf"),
    ),
    "submission_milter": ("rspamd/local.d/worker-submission.inc", "postfix/master.cf", "supervisor/dialogues"),
    "rspamd_controller": ("rspamd/local.d/worker-controller.inc",),
    "redis": ("redis/redis.conf", "rspamd/local.d/redis.conf", "supervisor/dialogues"),
    "clamd": ("clamav/clamd.conf", "rspamd/local.d/antivirus.conf"),
    "mta_sts": ("mta-sts/mta-sts-daemon.yml", "postfix/main.cf", "supervisor/supervisord.conf"),
}


def texts(sockets: Sockets) -> dict[str, str]:
    return {path: file.content for path, file in render(replace(SERVER, sockets=sockets)).items()}


@pytest.mark.parametrize("name", NAMES)
def test_a_host_and_port(name: str) -> None:
    before, after = texts(Sockets()), texts(Sockets(**{name: Inet("elsewhere.example", 2525)}))
    assert {path for path in after if after[path] != before.get(path)} == set(PLACES[name])
    for path in PLACES[name]:
        assert ("elsewhere.example" in after[path]) is (path != "supervisor/supervisord.conf")
        assert str(getattr(Sockets(), name)) not in after[path]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("lmtp", "virtual_transport = lmtp:inet:[2001:db8::1]:24"),
        ("auth", "smtpd_sasl_path = inet:[2001:db8::1]:24"),
        ("milter", "mailwright_milter = inet:[2001:db8::1]:24"),
        ("mta_sts", "smtp_tls_policy_maps = socketmap:inet:[2001:db8::1]:24:postfix"),
    ],
)
def test_postfix_s_way(name: str, line: str) -> None:
    main = texts(Sockets(**{name: Inet("2001:db8::1", 24)}))["postfix/main.cf"]
    assert line in main.splitlines()
