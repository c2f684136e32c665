from __future__ import annotations

import pytest

from mailwright.services.postfix.restrictions import mua_restrictions, smtpd_restrictions
from tests.unit.operator import ACCOUNTS, mailserver, refused

OWN = "reject_authenticated_sender_login_mismatch"
LOGIN_ON_25 = {"postfix-master.cf": "smtp/inet/smtpd_sasl_auth_enable=yes\n"}
ENVIRONS: list[dict[str, str]] = [
    {},
    {"PERMIT_DOCKER": "network"},
    {"SPOOF_PROTECTION": "0"},
    {"SMTP_ONLY": "1"},
    {"POSTFIX_REJECT_UNKNOWN_CLIENT_HOSTNAME": "1"},
]


@pytest.mark.parametrize("config", [{}, LOGIN_ON_25])
@pytest.mark.parametrize("environ", ENVIRONS)
def test_nobody_relays_without_permission(config: dict[str, str], environ: dict[str, str]) -> None:
    lists = smtpd_restrictions(mailserver(ACCOUNTS | config, **environ))
    for name in ("mailwright_smtpd_relay_restrictions", "mailwright_smtpd_recipient_restrictions"):
        assert lists[name][:3] == ("permit_mynetworks", "permit_sasl_authenticated", "reject_unauth_destination")


@pytest.mark.parametrize("environ", ENVIRONS)
def test_submission_is_for_logins_only(environ: dict[str, str]) -> None:
    lists = mua_restrictions(mailserver(**environ))
    assert lists.pop("mailwright_mua_recipient_restrictions") == ()
    for name, words in lists.items():
        assert words[-2:] == ("permit_sasl_authenticated", "reject"), name
        assert not any("mynetworks" in word for word in words)


@pytest.mark.parametrize(("spoof_protection", "there"), [("1", True), ("0", False)])
def test_spoof_protection(spoof_protection: str, there: bool) -> None:
    server = mailserver(ACCOUNTS | LOGIN_ON_25, SPOOF_PROTECTION=spoof_protection)
    sender = mua_restrictions(server)["mailwright_mua_sender_restrictions"]
    smtpd = smtpd_restrictions(server)["mailwright_smtpd_sender_restrictions"]
    assert (sender[0] == OWN, smtpd[0] == OWN) == (there, there)


@pytest.mark.parametrize(
    ("config", "there"),
    [
        ({}, False),
        (LOGIN_ON_25, True),
        ({"postfix-main.cf": "smtpd_sasl_auth_enable = yes\n"}, True),
        ({"postfix-main.cf": "smtpd_sasl_auth_enable = no\n"}, False),
    ],
)
def test_a_login_on_port_25_keeps_to_its_addresses(config: dict[str, str], there: bool) -> None:
    lists = smtpd_restrictions(mailserver(ACCOUNTS | config))
    assert (OWN in lists["mailwright_smtpd_sender_restrictions"]) is there


def test_a_full_mailbox_is_refused_though_the_size_comes_late() -> None:
    quotas = smtpd_restrictions(mailserver(ACCOUNTS | {"dovecot-quotas.cf": "bob@example.com:1M\n"}))
    [asks] = quotas["mailwright_smtpd_end_of_data_restrictions"]
    assert asks in quotas["mailwright_smtpd_recipient_restrictions"]
    assert smtpd_restrictions(mailserver())["mailwright_smtpd_end_of_data_restrictions"] == ()


def test_reject_unknown_client_hostname() -> None:
    lists = smtpd_restrictions(mailserver(POSTFIX_REJECT_UNKNOWN_CLIENT_HOSTNAME="1"))
    assert lists["mailwright_smtpd_client_restrictions"][-1] == "reject_unknown_client_hostname"
    assert smtpd_restrictions(mailserver())["mailwright_smtpd_client_restrictions"] == ()


ACCESS = {
    "postfix-send-access.cf": "alice@example.com REJECT\n",
    "postfix-receive-access.cf": "bob@example.com REJECT\n",
}
LOGIN_OR_SENDER = [
    "check_sasl_access lmdb:/etc/postfix/send_access",
    "check_sender_access lmdb:/etc/postfix/send_access",
]
RECIPIENT = "check_recipient_access lmdb:/etc/postfix/receive_access"


@pytest.mark.parametrize("environ", ENVIRONS)
def test_who_is_refused_is_refused_before_any_permit(environ: dict[str, str]) -> None:
    server = mailserver(ACCOUNTS | ACCESS, **environ)
    smtpd, mua = smtpd_restrictions(server), mua_restrictions(server)
    assert list(mua["mailwright_mua_sender_restrictions"][:2]) == LOGIN_OR_SENDER
    assert mua["mailwright_mua_recipient_restrictions"] == (RECIPIENT,)
    assert smtpd["mailwright_smtpd_sender_restrictions"][0] == LOGIN_OR_SENDER[1]
    assert smtpd["mailwright_smtpd_recipient_restrictions"][:2] == (RECIPIENT, "permit_mynetworks")
    assert smtpd["mailwright_smtpd_relay_restrictions"][0] == "permit_mynetworks"


def test_a_login_on_port_25_is_refused_by_its_name() -> None:
    words = smtpd_restrictions(mailserver(ACCOUNTS | ACCESS | LOGIN_ON_25))["mailwright_smtpd_sender_restrictions"]
    assert list(words[:2]) == LOGIN_OR_SENDER


def test_who_is_refused_and_is_nobody_is_told() -> None:
    config = {
        "postfix-receive-access.cf": "zoe@example.com REJECT\n",
        "postfix-send-access.cf": "x@far.example REJECT\n",
    }
    warning = "warning: postfix-receive-access.cf:1: zoe@example.com is neither an account nor an alias"
    assert [line for line in refused(ACCOUNTS | config) if "access" in line] == [warning]
