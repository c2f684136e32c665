from __future__ import annotations

from mailwright.core.problems import Problem
from mailwright.render.tree import render
from mailwright.services.postfix.operator_tables import tries
from tests.unit.operator import ACCOUNTS, mailserver

CONFIG = "/tmp/docker-mailserver"
SERVER = mailserver(
    {
        **ACCOUNTS,
        "postfix-main.cf": f"transport_maps = proxy:hash:{CONFIG}/routes\nheader_checks =\n  pcre:{CONFIG}/checks\n"
        f"mynetworks = cidr:/opt/nets\nsmtp_sasl_password_maps = hash:{CONFIG}/logins\n",
        "postfix-master.cf": f"smtp/unix/smtp_header_checks=pcre:{CONFIG}/checks\n",
        "routes": "a.test smtp:[b]\n",
        "checks": "/^X-Bad:/ REJECT\n",
        "logins": "[b] user:secret\n",
    }
)


def test_postfix_reads_copies_that_live_passes_renew() -> None:
    tree = render(SERVER, "/e")
    main = tree["postfix/main.cf"].content
    assert "transport_maps = proxy:lmdb:/e/postfix/tables/routes\n" in main
    assert "header_checks =\n  pcre:/e/postfix/tables/checks\n" in main
    assert "smtp_header_checks=pcre:/e/postfix/tables/checks\n" in tree["postfix/master.cf"].content
    assert tree["postfix/tables/routes"].compile == "postmap"
    assert not tree["postfix/tables/checks"].compile
    assert tree["postfix/tables/checks"].origin(1) == "checks:1"
    assert (tree["postfix/tables/logins"].mode, tree["postfix/tables/logins"].secret) == (0o600, True)


def test_postfix_tries_what_no_compiler_reads() -> None:
    assert [(check.where, check.command[-1]) for check in tries(SERVER)] == [
        ("postfix-main.cf:2: header_checks", "pcre:{etc}/postfix/tables/checks"),
        ("postfix-main.cf:4: mynetworks", "cidr:/opt/nets"),
        ("postfix-master.cf:1: smtp_header_checks", "pcre:{etc}/postfix/tables/checks"),
    ]


def test_a_start_without_such_overrides_runs_nothing_more() -> None:
    assert not list(tries(mailserver({**ACCOUNTS, "postfix-main.cf": "biff = no\n"})))


def test_a_table_of_mynetworks_may_not_hold_strangers() -> None:
    [check] = [check for check in tries(SERVER) if "mynetworks" in check.where]
    assert check.judge
    assert list(check.judge(SERVER, "")) == []
    what = "mynetworks: cidr:/opt/nets would let strangers send through this server"
    assert list(check.judge(SERVER, "OK\n")) == [
        Problem("postfix-main.cf:4", what, "name the networks of your own clients")
    ]
