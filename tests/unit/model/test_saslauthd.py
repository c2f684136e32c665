from __future__ import annotations

import pytest

from mailwright.model import saslauthd
from tests.unit.operator import inputs, told

OWN = "this server's own Dovecot checks the passwords of submission"
DOVECOT = f"warning: environment: ENABLE_SASLAUTHD: has no effect: {OWN}"


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, []),
        ({"SASLAUTHD_MECHANISMS": "rimap", "SASLAUTHD_MECH_OPTIONS": "other.test"}, []),
        ({"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap", "SASLAUTHD_MECH_OPTIONS": "127.0.0.1"}, [DOVECOT]),
        ({"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap", "SASLAUTHD_MECH_OPTIONS": "Mail.example.com/143"},
         [DOVECOT]),
        ({"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap"}, [DOVECOT]),
        ({"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap", "SASLAUTHD_MECH_OPTIONS": "other.test"},
         ["environment: SASLAUTHD_MECH_OPTIONS: other.test cannot check passwords here: Dovecot does not verify another"
          " IMAP server's certificate (hint: give the users accounts here: setup email import)"]),
        ({"ENABLE_SASLAUTHD": "1"},
         ["environment: ENABLE_SASLAUTHD: SASLAUTHD_MECHANISMS=ldap needs ACCOUNT_PROVISIONER=LDAP: Dovecot asks the"
          " directory (hint: with accounts in files, delete ENABLE_SASLAUTHD)"]),
        ({"ENABLE_SASLAUTHD": "1", "SMTP_ONLY": "1"},
         ["warning: environment: ENABLE_SASLAUTHD: SMTP_ONLY runs no Dovecot, so nobody can log in; it has no effect"]),
    ],
)  # fmt: skip
def test_problems(environ: dict[str, str], said: list[str]) -> None:
    assert told(saslauthd.problems(inputs(None, **environ))) == said
