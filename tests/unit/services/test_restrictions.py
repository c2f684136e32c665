from __future__ import annotations

import pytest

from mailwright.services.postfix.restrictions import mua_restrictions, smtpd_restrictions
from tests.unit.operator import ACCOUNTS, mailserver

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


def test_reject_unknown_client_hostname() -> None:
    lists = smtpd_restrictions(mailserver(POSTFIX_REJECT_UNKNOWN_CLIENT_HOSTNAME="1"))
    assert lists["mailwright_smtpd_client_restrictions"][-1] == "reject_unknown_client_hostname"
    assert smtpd_restrictions(mailserver())["mailwright_smtpd_client_restrictions"] == ()
