from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwright.explain.redaction import Mask, mask
from tests.unit.operator import mailserver


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ldap_auth_dn_password = x y", "ldap_auth_dn_password = (secret)"),
        ("  -o milter_api_key=abc", "  -o milter_api_key= (secret)"),
        ("LDAP_BIND_PW = abc", "LDAP_BIND_PW = (secret)"),
        ("a = b hunter2-and-more", "a = (secret)"),
        ("someone hunter2-and-more", "(secret)"),
        ("hunter2-and-more = 1", "(secret)"),
        ("auth_verbose_passwords = no", "auth_verbose_passwords = no"),
        ("default_password_scheme = crypt", "default_password_scheme = crypt"),
        ("smtp_sasl_password_maps=lmdb:/x", "smtp_sasl_password_maps=lmdb:/x"),
        ("password =", "password ="),
        ("a = xhunter2-and-morex", "a = xhunter2-and-morex"),
        ("# password", "# password"),
    ],
)
def test_lines(line: str, shown: str) -> None:
    assert Mask(("hunter2-and-more",)).line(line) == shown


def test_secret_settings_are_hidden_and_hosts_are_not() -> None:
    server = mailserver(RELAY_HOST="smtp.relay.example", RELAY_USER="robert", RELAY_PASSWORD="open sesame")
    hide = mask(server.settings)
    assert hide.secrets == ("robert", "open sesame")


@given(st.text(), st.text(min_size=4), st.text())
def test_a_secret_that_stands_alone_is_never_shown(before: str, secret: str, after: str) -> None:
    assert secret not in Mask((secret,)).line(f"{before} {secret} {after}") or secret in "(secret)"
