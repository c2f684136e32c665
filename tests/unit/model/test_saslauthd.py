from __future__ import annotations

import pytest

from mailwright.model import saslauthd
from mailwright.render.tree import enabled, render
from tests.unit.operator import inputs, mailserver, told

OWN = "this server's own Dovecot checks the passwords of submission"
DOVECOT = f"warning: environment: ENABLE_SASLAUTHD: has no effect: {OWN}"

RIMAP = {"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap", "SASLAUTHD_MECH_OPTIONS": "other.test"}


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, []),
        ({"SASLAUTHD_MECH_OPTIONS": "other.test"},
         ["warning: environment: SASLAUTHD_MECH_OPTIONS: has no effect without ENABLE_SASLAUTHD=1"]),
        ({"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap", "SASLAUTHD_MECH_OPTIONS": "127.0.0.1"}, [DOVECOT]),
        ({"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap", "SASLAUTHD_MECH_OPTIONS": "Mail.example.com/143"},
         [DOVECOT]),
        ({"ENABLE_SASLAUTHD": "1", "SASLAUTHD_MECHANISMS": "rimap"}, [DOVECOT]),
        (RIMAP, []),
        (RIMAP | {"SASLAUTHD_RIMAP_CA_FILE": "/no.pem"},
         ["environment: SASLAUTHD_RIMAP_CA_FILE: /no.pem does not exist"]),
        (RIMAP | {"SASLAUTHD_RIMAP_TLS": "no"},
         ["warning: environment: SASLAUTHD_RIMAP_TLS: passwords go to other.test in clear text; whoever is on the way"
          " can read them (hint: starttls or imaps)"]),
        ({"ENABLE_SASLAUTHD": "1"},
         ["environment: ENABLE_SASLAUTHD: SASLAUTHD_MECHANISMS=ldap needs ACCOUNT_PROVISIONER=LDAP: Dovecot asks the"
          " directory (hint: with accounts in files, delete ENABLE_SASLAUTHD)"]),
        ({"ENABLE_SASLAUTHD": "1", "SMTP_ONLY": "1"},
         ["warning: environment: ENABLE_SASLAUTHD: SMTP_ONLY runs no Dovecot, so nobody can log in; it has no effect"]),
    ],
)  # fmt: skip
def test_problems(environ: dict[str, str], said: list[str]) -> None:
    assert told(saslauthd.rimap(inputs(None, **environ))[1]) == said


@pytest.mark.parametrize(
    ("environ", "port", "tls"),
    [({}, 143, "starttls"), ({"SASLAUTHD_RIMAP_TLS": "imaps"}, 993, "imaps"),
     ({"SASLAUTHD_MECH_OPTIONS": "other.test/1143"}, 1143, "starttls")],
)  # fmt: skip
def test_the_other_server_checks_submission(environ: dict[str, str], port: int, tls: str) -> None:
    server = mailserver(None, **RIMAP | environ)
    text = render(server)["dovecot/dovecot.conf"].content
    block = text.partition("\npassdb rimap {")[2].partition("\n}")[0]
    assert 'imapc_host = "other.test"' in block
    assert f"imapc_port = {port}" in block
    assert f"imapc_ssl = {tls}" in block
    assert "ssl_client_require_valid_cert = yes" in block
    assert "username_filter = nobody@mailwright.invalid" in block
    assert "protocol smtp {\n  passdb rimap {\n    username_filter = *\n" in text
    assert "auth-relay" in [service.name for service in enabled(server)]
