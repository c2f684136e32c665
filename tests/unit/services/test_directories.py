"""What a server renders whose accounts only look-ups know."""

from __future__ import annotations

from dataclasses import replace

from mailwright.core.tree import Tree
from mailwright.render.tree import enabled, render
from tests.unit.operator import Elsewhere, mailserver

SERVER = replace(mailserver(ENABLE_QUOTAS="1"), provisioner=Elsewhere().implying(mailserver().directory.implied))
TREE: Tree = render(SERVER)


def test_postfix_asks_for_everything() -> None:
    main = TREE["postfix/main.cf"].content.splitlines()
    table = "proxy:ldap:/etc/postfix/elsewhere-domains.cf"
    assert f"virtual_mailbox_domains = {table}" in main
    assert f"virtual_alias_maps = lmdb:/etc/postfix/virtual {table}" in main
    assert "mydestination = localhost.example.com localhost" in main
    assert "soft_bounce = yes" not in main
    assert {"postfix/mailboxes", "postfix/senders", "postfix/domains"}.isdisjoint(TREE)


def test_the_file_of_a_look_up_is_secret() -> None:
    file = TREE["postfix/elsewhere-domains.cf"]
    assert (file.content, file.mode, file.owner, file.secret) == (
        "query_filter = (dc=%s)\nbind_pw = of-the-directory\n", 0o640, "root:postfix", True)  # fmt: skip


def test_dovecot_looks_accounts_up_in_a_secret_file() -> None:
    assert "!include accounts.conf" in TREE["dovecot/dovecot.conf"].content.splitlines()
    file = TREE["dovecot/accounts.conf"]
    assert (file.mode, file.owner, file.secret) == (0o600, "root:root", True)
    assert "dovecot/userdb" not in TREE


def test_logins_go_through_the_relay() -> None:
    assert "auth-relay" in [service.name for service in enabled(SERVER)]
    assert "smtpd_sasl_path = /run/auth-relay/auth" in TREE["postfix/main.cf"].content.splitlines()
    assert "/run/auth-relay/auth" in TREE["supervisor/supervisord.conf"].content
    assert "auth-relay" not in [service.name for service in enabled(mailserver())]


def test_the_health_check_asks_for_an_account() -> None:
    assert "dovecot directory /run/dovecot/lmtp plain ELSEWHERE" in TREE["supervisor/dialogues"].content


def test_without_dovecot_nobody_logs_in() -> None:
    server = replace(mailserver(SMTP_ONLY="1"), provisioner=Elsewhere())
    assert "auth-relay" not in [service.name for service in enabled(server)]
