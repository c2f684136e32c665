from __future__ import annotations

import pytest

from mailwright.core.tree import Tree
from mailwright.services.postfix import POSTFIX
from tests.unit.operator import ACCOUNTS, mailserver


def tree(config: dict[str, str] | None = None, /, **environ: str) -> Tree:
    return Tree.of(POSTFIX.files(mailserver(ACCOUNTS | (config or {}), **environ), "/etc"))


def setting(text: str, name: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} =")]
    return line.partition("=")[2].strip()


@pytest.mark.parametrize(
    ("environ", "name", "value"),
    [
        ({}, "mynetworks", ""),
        ({}, "virtual_transport", "lmtp:unix:/run/dovecot/lmtp"),
        ({"POSTFIX_DAGENT": "lmtp:inet:$x:24"}, "virtual_transport", "lmtp:inet:$$x:24"),
        ({}, "smtpd_tls_security_level", "none"),
        ({"SMTPD_TLS_SECURITY_LEVEL": "may"}, "smtpd_tls_security_level", "may"),
        ({"POSTFIX_MESSAGE_SIZE_LIMIT": "25M"}, "message_size_limit", "26214400"),
        ({"PERMIT_DOCKER": "host"}, "mynetworks", "!172.18.0.1 127.0.0.0/8 [::1]/128 172.18.0.0/16"),
        ({"POSTFIX_INET_PROTOCOLS": "ipv4"}, "inet_protocols", "ipv4"),
    ],
)
def test_settings_in_main_cf(environ: dict[str, str], name: str, value: str) -> None:
    assert setting(tree(**environ)["postfix/main.cf"].content, name) == value


def test_an_override_is_laid_over_and_knows_its_lines() -> None:
    override = "# mine\nmessage_size_limit = 1\nbiff = yes"
    main = tree({"postfix-main.cf": override})["postfix/main.cf"]
    assert setting(main.content, "message_size_limit") == "1"
    lines = main.content.splitlines()
    assert main.origin(lines.index("biff = yes") + 1) == "postfix-main.cf:3"
    assert main.origin(lines.index("# message_size_limit: see postfix-main.cf:2") + 1) == ""


def test_local_aliases_know_their_lines() -> None:
    aliases = tree({"postfix-aliases.cf": "# mine\nops: bob@example.com\n"})["postfix/aliases"]
    assert aliases.origin(aliases.content.splitlines().index("ops: bob@example.com") + 1) == "postfix-aliases.cf:2"
    assert aliases.origin(1) == ""


@pytest.mark.parametrize(
    ("environ", "services"),
    [
        ({}, {"submission"}),
        ({"ENABLE_SUBMISSION": "0"}, set()),
        ({"ENABLE_SUBMISSIONS": "1"}, {"submission", "submissions"}),
        ({"SMTP_ONLY": "1", "ENABLE_SUBMISSIONS": "1"}, set()),
    ],
)
def test_doors(environ: dict[str, str], services: set[str]) -> None:
    master = tree(**environ)["postfix/master.cf"].content
    open_doors = {line.split()[0] for line in master.splitlines() if line.startswith("submission")}
    assert open_doors == services


@pytest.mark.parametrize(("smtp_only", "waits"), [("0", True), ("1", False)])
def test_it_waits_for_dovecot_if_there_is_one(smtp_only: str, waits: bool) -> None:
    assert ("/run/dovecot/lmtp" in POSTFIX.program(mailserver(SMTP_ONLY=smtp_only)).command) is waits
