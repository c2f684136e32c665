from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.render.tree import render
from mailwright.services.postfix.relaying import open_relays, stops
from tests.scenarios.scenario import Scenario, rendered
from tests.unit.operator import ACCOUNTS, mailserver, told

OURS = "$mailwright_smtpd_relay_restrictions"


def problems(main: str, master: str = "", answers: str = "") -> list[tuple[str, str]]:
    server = mailserver({**ACCOUNTS, "postfix-main.cf": main, "postfix-master.cf": master})
    tree = render(server)
    configuration = f"{tree['postfix/main.cf'].content}\f\n{tree['postfix/master.cf'].content}\f\n{answers}"
    return [(problem.where, problem.what) for problem in open_relays(server, configuration) if not problem.warning]


@pytest.mark.parametrize(
    "main",
    [
        "biff = no\n",
        "smtpd_relay_restrictions = permit\n",  # the recipients' list refuses them still
        "smtpd_relay_restrictions =\n",
        "smtpd_recipient_restrictions =\n",
        f"smtpd_recipient_restrictions = permit\nsmtpd_relay_restrictions = permit_mynetworks, {OURS}\n",
        "smtpd_restriction_classes = mine\nmine = permit_mynetworks, reject\nsmtpd_relay_restrictions = mine\n"
        "smtpd_recipient_restrictions = permit\n",
        "smtpd_relay_restrictions = permit\nsmtpd_recipient_restrictions = permit\n"
        "smtpd_sender_restrictions = defer_unauth_destination\n",
    ],
)
def test_closed(main: str) -> None:
    found = problems(main)
    assert [what for _, what in found if "smtpd_sender" not in main] == []


@pytest.mark.parametrize(
    "relay",
    [
        "permit",
        "permit, reject_unauth_destination",
        "warn_if_reject reject_unauth_destination, defer_unknown, permit, reject",
        "check_client_access static:OK, reject",
        "permit_tls_all_clientcerts, reject",
        "$mine",
        "class",
    ],
)
def test_open_in_both_lists(relay: str) -> None:
    rest = "mine = permit, reject\nsmtpd_restriction_classes = class\nclass = permit, reject\n"
    main = f"{rest}smtpd_relay_restrictions = {relay}\nsmtpd_recipient_restrictions = permit, reject\n"
    assert problems(main) == [("postfix-main.cf:4", "port 25 would let strangers send to other servers")]


def test_an_option_of_one_service() -> None:
    main = "smtpd_recipient_restrictions = permit, reject\n"
    options = "smtp/inet/smtpd_relay_restrictions=permit, reject\n"
    assert problems(main, options) == [("postfix-master.cf:1", "port 25 would let strangers send to other servers")]
    options = "submission/inet/smtpd_client_restrictions=\nsubmission/inet/smtpd_relay_restrictions=permit,reject\n"
    options += "submission/inet/smtpd_sender_restrictions=\n"
    assert problems("", options) == [
        ("postfix-master.cf:2", "submission/inet would let strangers send to other servers")
    ]


def test_emptied_lists_would_end_smtpd() -> None:
    [(where, what)] = problems("smtpd_relay_restrictions =\nsmtpd_recipient_restrictions =\n")
    assert where == "postfix-main.cf:1"
    assert what.startswith("port 25 would not answer: nothing in smtpd_relay_restrictions")


def test_a_table_of_all_domains() -> None:
    assert problems("relay_domains = static:all\n")[0] == ("postfix-main.cf:1", "port 25 takes mail for every domain")


def test_a_restriction_that_only_warns_stops_nobody() -> None:
    assert not stops(["warn_if_reject", "reject_unauth_destination"])
    assert stops(["warn_if_reject", "reject_unauth_destination", "reject_unauth_destination"])


TABLE = "regexp:/opt/Access"
OPEN = ("postfix-main.cf:1", "port 25 would let strangers send to other servers")


@pytest.mark.parametrize(
    ("restriction", "key", "answer", "found"),
    [
        ("check_recipient_access", "someone@stranger.invalid", "OK", [OPEN]),
        ("check_recipient_access", "stranger.invalid", "permit_auth_destination", []),
        ("check_sender_access", "<>", "OK", [OPEN]),
        ("check_client_access", "192.0.2.1", "250", [OPEN]),
        ("check_client_access", "192.0.2.1", "permit, reject", [OPEN]),
        ("check_client_access", "192.0.2.1", "REJECT no", []),
        ("check_client_access", "192.0.2.1", "DUNNO", []),
        ("check_client_access", "<>", "OK", []),
        ("check_helo_access", "stranger.invalid", "ok", [OPEN]),
    ],
)
def test_a_table_that_permits_strangers(restriction: str, key: str, answer: str, found: list[object]) -> None:
    lists = f"{restriction} {TABLE}, reject_unauth_destination"
    main = f"smtpd_relay_restrictions = {lists}\nsmtpd_recipient_restrictions = {lists}\n"
    assert problems(main, answers=f"{TABLE}\t{key}\t{answer}\n") == found


def test_a_table_that_permits_behind_the_stop_is_fine() -> None:
    main = f"smtpd_recipient_restrictions = reject_unauth_destination, check_recipient_access {TABLE}\n"
    assert problems(main, answers=f"{TABLE}\tsomeone@stranger.invalid\tOK\n") == []


@pytest.mark.parametrize("name", ["relay_domains", "mydestination", "virtual_mailbox_domains"])
def test_a_table_with_every_domain(name: str) -> None:
    found = problems(f"{name} = a.test {TABLE}\n", answers=f"{TABLE}\tstranger.invalid\tx\n")
    assert found[0] == ("postfix-main.cf:1", "port 25 takes mail for every domain")
    assert problems(f"{name} = a.test {TABLE}\n") == []


def test_permit_mx_backup_is_a_warning() -> None:
    lists = "permit_mx_backup, reject_unauth_destination"
    main = f"smtpd_relay_restrictions = {lists}\nsmtpd_recipient_restrictions = {lists}\n"
    server = mailserver({**ACCOUNTS, "postfix-main.cf": main})
    tree = render(server)
    configuration = f"{tree['postfix/main.cf'].content}\f\n{tree['postfix/master.cf'].content}\f\n"
    assert told(open_relays(server, configuration)) == [
        "warning: postfix-main.cf:1: port 25 lets strangers send to any domain whose MX they point to this server"
        " (hint: set permit_mx_backup_networks)"
    ]
    assert list(open_relays(server, f"permit_mx_backup_networks = 192.0.2.0/24\n{configuration}")) == []


def test_what_user_patches_set_is_judged_too() -> None:
    server = replace(mailserver(), gateways=("172.18.0.1",))
    tree = render(server)
    main, master = tree["postfix/main.cf"].content, tree["postfix/master.cf"].content
    patched = f"{main}\nmynetworks = 127.0.0.0/8 172.16.0.0/12\n"
    [problem, *_] = told(open_relays(server, f"{patched}\f\n{master}\f\n"))
    assert problem.startswith("postfix: mynetworks of port 25 would let anybody send who comes through 172.18.0.1")
    wide = f"{main}\nmynetworks = 0.0.0.0/0 !172.18.0.1\n"
    assert "0.0.0.0/0 would let strangers send" in told(open_relays(server, f"{wide}\f\n{master}\f\n"))[0]
    patched = f"{main}\nsmtpd_relay_restrictions = permit\nsmtpd_recipient_restrictions = permit, reject\n"
    [problem, *_] = told(open_relays(server, f"{patched}\f\n{master}\f\n"))
    assert problem.startswith("postfix: port 25 would let strangers send to other servers")


@pytest.mark.parametrize("scenario", [it for it in rendered() if "postfix/main.cf" in it.golden], ids=str)
def test_our_own_configuration_is_closed(scenario: Scenario) -> None:
    server, _, _ = scenario.result
    assert server
    tree = render(server)
    configuration = f"{tree['postfix/main.cf'].content}\f\n{tree['postfix/master.cf'].content}\f\n"
    assert list(open_relays(server, configuration)) == []
