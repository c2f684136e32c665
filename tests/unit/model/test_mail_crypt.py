from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mailwright.core import paths
from mailwright.formats.mail_crypt_keys import MailCryptKey, mail_crypt_key, new_key
from mailwright.host import mail_crypt_keys
from mailwright.model import mail_crypt
from mailwright.model.inputs import Inputs
from mailwright.model.sources import Content, Unreadable
from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, file, inputs, mailserver, told

OLD, NEW = new_key(), new_key()
KEYS = {"mail-crypt/2025.pem": OLD, "mail-crypt/2026.pem": NEW}
PLUGIN = "mail_plugins/mail_crypt = yes"


def digest(text: str) -> str:
    key = mail_crypt_key("name", file(text))
    assert isinstance(key, MailCryptKey)
    return key.digest


def needing(given: Inputs, listed: Content) -> Inputs:
    """The same with the state's list of the keys that mail was encrypted with."""
    return replace(given, reading=given.reading.with_files({paths.MAIL_CRYPT_KEYS: listed}))


@pytest.mark.parametrize(
    ("files", "environ", "said"),
    [
        ({}, {}, []),
        (KEYS, {}, []),
        (KEYS, {"MAIL_CRYPT": "global"}, []),
        ({}, {"MAIL_CRYPT": "global"},
         ["environment: MAIL_CRYPT: global needs a private key in mail-crypt/ (hint: setup mail-crypt key makes one)"]),
        (KEYS, {"MAIL_CRYPT": "global", "ENABLE_FTS": "1"},
         ["environment: ENABLE_FTS: the search index has the text of all mail, and is not encrypted, so it does not go"
          " with MAIL_CRYPT (hint: ENABLE_FTS=0)"]),
        (KEYS, {"ENABLE_FTS": "1"}, []),
        (KEYS, {"MAIL_CRYPT": "global", "SMTP_ONLY": "1"},
         ["warning: environment: MAIL_CRYPT: SMTP_ONLY stores no mail; it has no effect"]),
        ({"mail-crypt/key.pem": "text"}, {"MAIL_CRYPT": "global"},
         ["mail-crypt/key.pem: is not a private key in PEM (hint: restore it from a backup, or make one with setup"
          " mail-crypt key)"]),
        (KEYS | {"mail-crypt/note.txt": "text", "mail-crypt/a b.pem": OLD}, {},
         ["warning: mail-crypt/a b.pem: is not read: it does not have the name of a key (hint: a key is NAME.pem, NAME"
          " of letters, digits, - and _)",
          "warning: mail-crypt/note.txt: is not read: it does not have the name of a key (hint: a key is NAME.pem, NAME"
          " of letters, digits, - and _)"]),
        (KEYS | {"dovecot.cf": "a = b\ncrypt_write_algorithm =\n"}, {"MAIL_CRYPT": "global"},
         ["dovecot.cf:2: sets mail_crypt up, and MAIL_CRYPT does too: one would undo a part of the other"
          " (hint: delete these lines, or MAIL_CRYPT)"]),
        ({"dovecot.cf": "mail_plugins/mail_crypt = yes\n"}, {}, []),
    ],
)  # fmt: skip
def test_problems(files: dict[str, str], environ: dict[str, str], said: list[str]) -> None:
    assert told(mail_crypt.mail_crypt(inputs(files, **environ))[1]) == said


def test_the_last_key_encrypts_and_all_open() -> None:
    server = mailserver(ACCOUNTS | KEYS, MAIL_CRYPT="global")
    tree = render(server)
    assert server.mail_crypt
    assert server.mail_crypt.newest.name == "2026"
    assert tree["dovecot/mail-crypt/public.key"].content == server.mail_crypt.newest.public
    for name in ("2025", "2026"):
        key = tree[f"dovecot/mail-crypt/{name}.pem"]
        assert (key.mode, key.owner, key.secret) == (0o640, "root:5000", True)
        assert f"crypt_global_private_key {name} {{" in tree["dovecot/dovecot.conf"].content


def test_switched_off_the_keys_still_open_mail() -> None:
    tree = render(mailserver(ACCOUNTS | KEYS))
    assert "crypt_write_algorithm =\n" in tree["dovecot/dovecot.conf"].content
    assert "dovecot/mail-crypt/2025.pem" in tree
    assert "dovecot/mail-crypt/public.key" not in tree


@pytest.mark.parametrize("more", [{}, KEYS | {"dovecot.cf": "crypt_write_algorithm = x\n"}])
def test_without_keys_or_with_the_operators_own_nothing_is_added(more: dict[str, str]) -> None:
    assert PLUGIN not in render(mailserver(ACCOUNTS | more))["dovecot/dovecot.conf"].content


@pytest.mark.parametrize("environ", [{}, {"MAIL_CRYPT": "global"}])
def test_a_key_that_mail_needs_must_be_there(environ: dict[str, str]) -> None:
    listed = f"{digest(OLD)} 2025\n{digest(NEW)} 2026\n".encode()
    there = needing(inputs(KEYS, **environ), listed)
    assert not [each for each in mail_crypt.mail_crypt(there)[1] if not each.warning]
    # Another key under the name of the lost one does not open its mail.
    lost = needing(inputs({"mail-crypt/2025.pem": NEW, "mail-crypt/2026.pem": NEW}, **environ), listed)
    problems = [each for each in mail_crypt.mail_crypt(lost)[1] if not each.warning]
    assert [problem.where for problem in problems] == ["mail-crypt/2025.pem"]
    assert "setup mail-crypt forget 2025" in problems[0].hint


def test_a_list_that_cannot_be_read_is_no_empty_list() -> None:
    problems = mail_crypt.mail_crypt(needing(inputs(None), Unreadable("cannot be read: input/output error")))[1]
    assert told(problems) == [f"{paths.MAIL_CRYPT_KEYS}: cannot be read: input/output error"]


def test_the_state_remembers_each_key_of_new_mail(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    mail_crypt_keys.remember(None, path)
    mail_crypt_keys.remember(mailserver(ACCOUNTS | KEYS).mail_crypt, path)
    assert not path.exists()
    for files in ({"mail-crypt/2025.pem": OLD}, KEYS, KEYS):
        mail_crypt_keys.remember(mailserver(ACCOUNTS | files, MAIL_CRYPT="global").mail_crypt, path)
    assert mail_crypt_keys.listed(path) == {digest(OLD): "2025", digest(NEW): "2026"}
    mail_crypt_keys.forget("2025", path)
    assert mail_crypt_keys.listed(path) == {digest(NEW): "2026"}
