"""What a server renders whose accounts only look-ups know."""

from __future__ import annotations

from dataclasses import replace

from mailwright.core.tree import Tree
from mailwright.model import relay_hosts
from mailwright.model.config_folder import ConfigFolder
from mailwright.model.inputs import Inputs
from mailwright.render.tree import enabled, render
from tests.unit.operator import Elsewhere, mailserver, reading

SERVER = replace(mailserver(ENABLE_QUOTAS="1"), provisioner=Elsewhere().implying(mailserver().directory.implied))
TREE: Tree = render(SERVER)


def test_postfix_asks_for_everything() -> None:
    main = TREE["postfix/main.cf"].content.splitlines()
    table = "ldap:/etc/postfix/elsewhere-domains.cf"
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
    dialogues = TREE["supervisor/dialogues"].content
    assert "dovecot directory /run/dovecot/lmtp plain the directory of this test" in dialogues


def test_without_dovecot_nobody_logs_in() -> None:
    server = replace(mailserver(SMTP_ONLY="1"), provisioner=Elsewhere())
    assert "auth-relay" not in [service.name for service in enabled(server)]


def sender_maps(**environ: str) -> tuple[str, dict[str, str]]:
    """sender_dependent_default_transport_maps, and what is rendered."""
    provisioner = Elsewhere()
    given = reading({"postfix-relaymap.cf": "@b.test [other.test]:25\nx@c.test [third.test]:25\n"}, **environ)
    folder = ConfigFolder(given.sources.config)
    hosts, _ = relay_hosts.relay_hosts(Inputs(given, folder, provisioner))
    server = replace(mailserver(**environ), provisioner=provisioner, relay_hosts=hosts)
    tree = {path: file.content for path, file in render(server).items()}
    name = "sender_dependent_default_transport_maps = "
    lines = tree["postfix/main.cf"].splitlines()
    return next((line.removeprefix(name) for line in lines if line.startswith(name)), ""), tree


OURS = "ldap:/etc/postfix/elsewhere-senders.cf"


def test_senders_in_our_domains_go_through_the_relay_host() -> None:
    maps, tree = sender_maps(RELAY_HOST="relay.test", RELAY_PORT="465")
    assert (
        maps == f"pcre:/etc/postfix/relay_senders pipemap:{{{OURS}, static:{{relay-relay.test-465:[relay.test]:465}}}}"
    )
    assert tree["postfix/relay_senders"] == (
        "/^x@c\\.test$/ smtp:[third.test]:25\n/@b\\.test$/ smtp:[other.test]:25\n")  # fmt: skip
    assert "relay-relay.test-465 unix" in tree["postfix/master.cf"]


def test_senders_in_our_domains_are_not_signed_as_foreign() -> None:
    maps, _ = sender_maps(ENABLE_SRS="1")
    assert maps.endswith(f" pipemap:{{{OURS}, static:{{DUNNO}}}} pcre:/etc/postfix/srs_senders")


def test_rows_alone_need_no_look_up() -> None:
    assert sender_maps()[0] == "pcre:/etc/postfix/relay_senders"
