"""The daemons' own tools judge every golden tree, inside the image."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mailwright.render.tree import enabled
from tests.container.docker import IMAGE, LABEL, docker
from tests.scenarios.scenario import HERE, Scenario, rendered

JUDGE = Path(__file__).with_name("judge.py")


@cache
def verdicts() -> dict[str, Any]:
    """What is said about every tree; one container for all."""
    mounts = ("-v", f"{JUDGE}:/judge.py:ro", "-v", f"{HERE}:/scenarios:ro")
    said = docker(
        "run", "--rm", "--network=none", f"--label={LABEL}", *mounts, IMAGE, "python3", "/judge.py", "/scenarios"
    )
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.parametrize("scenario", rendered(), ids=str)
def test_no_daemon_complains(scenario: Scenario) -> None:
    assert verdicts()[str(scenario)]["findings"] == []


@pytest.mark.parametrize("scenario", [it for it in rendered() if "postfix/main.cf" in it.golden], ids=str)
def test_every_row_of_a_table_is_found(scenario: Scenario) -> None:
    golden = scenario.golden
    rows = verdicts()[str(scenario)]["rows"]
    looked_up = "dovecot/accounts.conf" in golden
    tables = {"virtual"} if looked_up else {"domains", "mailboxes", "virtual", "senders"}
    assert tables <= rows.keys()
    for name in rows.keys() - {"aliases"}:
        assert rows[name].replace("\t", " ") == golden[f"postfix/{name}"], name


@pytest.mark.parametrize("scenario", rendered(), ids=str)
def test_supervisord_reads_its_programs_in_order(scenario: Scenario) -> None:
    server, _, _ = scenario.result
    assert server
    assert verdicts()[str(scenario)]["programs"] == [service.name for service in enabled(server)]


RECIPIENT = (
    "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, reject_invalid_helo_hostname,"
    " reject_non_fqdn_helo_hostname, reject_non_fqdn_recipient"
)
DUAL = "/etc/dms/tls/key /etc/dms/tls/cert /etc/dms/tls/fallback_key /etc/dms/tls/fallback_cert"


@pytest.mark.parametrize(
    ("scenario", "tool", "line"),
    [
        ("minimal", "postconf", "message_size_limit = 10240000"),
        ("minimal", "postconf", "mynetworks ="),
        ("minimal", "postconf", f"smtpd_recipient_restrictions = {RECIPIENT}"),
        ("everything-on", "postconf", "message_size_limit = 30000000"),
        (
            "everything-on",
            "postconf",
            f"smtpd_recipient_restrictions = {RECIPIENT}, reject_rbl_client dnsbl.example.net",
        ),
        ("everything-on", "doveconf", "mail_max_userip_connections = 80"),
        ("everything-on", "doveconf", "protocols = lmtp imap pop3"),
        ("sdbox", "doveconf", "mail_driver = sdbox"),
        ("sdbox", "doveconf", "mailbox Archive {"),
        ("relay-hosts", "postconf", "smtp_tls_security_level = may"),
        ("relay-hosts", "postconf", "smtp_sasl_auth_enable = no"),
        ("relay-hosts", "postconf", "smtp_sasl_password_maps ="),
        ("relay-smtp-only", "postconf", "relayhost ="),
        ("old-clients", "doveconf", "auth_allow_cleartext = yes"),
        ("old-clients", "postconf", "smtpd_tls_auth_only = no"),
        ("manual-dual", "postconf", f"smtpd_tls_chain_files = {DUAL}"),
    ],
)
def test_what_the_daemons_understood(scenario: str, tool: str, line: str) -> None:
    assert line in verdicts()[scenario][tool]
