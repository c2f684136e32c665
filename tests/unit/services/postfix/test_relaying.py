from __future__ import annotations

import pytest

from mailwright.services.postfix import POSTFIX
from mailwright.services.postfix.relaying import stops
from tests.unit.operator import ACCOUNTS, mailserver

OURS = "$mailwright_smtpd_relay_restrictions"


def problems(main: str, master: str = "") -> list[tuple[str, str]]:
    server = mailserver({**ACCOUNTS, "postfix-main.cf": main, "postfix-master.cf": master})
    [judge] = [check.judge for check in POSTFIX.checks if check.command[-1] == "-M"]
    assert judge
    return [(problem.where, problem.what) for problem in judge(server, "") if not problem.warning]


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
