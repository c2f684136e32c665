from __future__ import annotations

import pytest

from mailwright.formats.public_keys import PUBLIC_BLOCK
from mailwright.model import encryption
from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, inputs, mailserver, told

ARMOR = f"{PUBLIC_BLOCK}\n\nabc\n-----END PGP PUBLIC KEY BLOCK-----\n"
KEY = ACCOUNTS | {"encryption/alice@example.com.asc": ARMOR}
NOT = "hint: mail of its user would not be encrypted"


@pytest.mark.parametrize(
    ("files", "environ", "said"),
    [
        ({}, {}, []),
        (KEY, {}, []),
        (KEY | {"encryption/bob.asc": ARMOR}, {}, [f"encryption/bob.asc: is not an address (user@domain) ({NOT})"]),
        (KEY | {"encryption/bob@example.com.gpg": ARMOR}, {},
         [f"encryption/bob@example.com.gpg: is not a name of a key: {encryption.NAMES} ({NOT})"]),
        (KEY | {"encryption/eve@example.com.asc": ARMOR}, {},
         ["warning: encryption/eve@example.com.asc: there is no account eve@example.com; it is ignored (hint: keys are"
          " for accounts, not for aliases)"]),
        (KEY | {"encryption/Alice@example.com.asc": ARMOR}, {},
         ["encryption/alice@example.com.asc: alice@example.com has two keys: encryption/Alice@example.com.asc too"
          " (hint: delete one of them)"]),
        (KEY, {"SMTP_ONLY": "1"}, ["warning: encryption/: SMTP_ONLY stores no mail; it has no effect"]),
        (KEY, {"POSTFIX_DAGENT": "lmtp:inet:other:24"},
         ["environment: POSTFIX_DAGENT: takes all mail to another program, past encryption/ (hint: delete it, or the"
          " keys in encryption/)"]),
        (KEY | {"postfix-main.cf": "transport_maps = hash:/x\n"}, {},
         ["postfix-main.cf:1: transport_maps would take mail past encryption/ (hint: transport_maps ="
          " $mailwright_transport_maps, hash:/x)"]),
        (KEY | {"postfix-main.cf": "transport_maps = hash:/x, $mailwright_transport_maps\n"}, {},
         ["postfix-main.cf:1: transport_maps would take mail past encryption/ (hint: transport_maps ="
          " $mailwright_transport_maps, hash:/x, $mailwright_transport_maps)"]),
        (KEY | {"postfix-main.cf": "transport_maps = ${mailwright_transport_maps} hash:/x\n"}, {}, []),
        ({"postfix-main.cf": "transport_maps = hash:/x\n"}, {}, []),
    ],
)  # fmt: skip
def test_problems(files: dict[str, str], environ: dict[str, str], said: list[str]) -> None:
    assert told(encryption.encryption(inputs(files, **environ))[1]) == said


def test_only_mail_for_users_with_a_key_takes_another_way() -> None:
    tree = render(mailserver(KEY, ENCRYPTION_FAILURE_ACTION="deliver"))
    assert tree["postfix/encrypted"].content.endswith("alice@example.com encrypt:alice@example.com.asc\n")
    assert tree["postfix/encryption/alice@example.com.asc"].content == ARMOR
    assert "transport_maps = $mailwright_transport_maps\n" in tree["postfix/main.cf"].content
    assert "encryption/${nexthop} deliver ${sender}" in tree["postfix/master.cf"].content
    assert "unix_listener lmtp-encryption {" in tree["dovecot/dovecot.conf"].content


@pytest.mark.parametrize(("files", "environ"), [(ACCOUNTS, {}), (KEY, {"SMTP_ONLY": "1"})])
def test_otherwise_nothing_changes(files: dict[str, str], environ: dict[str, str]) -> None:
    tree = render(mailserver(files, **environ))
    assert "postfix/encrypted" not in tree
    assert "encrypt " not in tree["postfix/master.cf"].content
