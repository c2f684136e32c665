from __future__ import annotations

import pytest

from mailwright.formats.master_users import masters
from mailwright.render.tree import render
from tests.unit.operator import ACCOUNTS, HASH, file, mailserver, told


def test_master() -> None:
    (master,), problems = masters(file(f"# who\nadmin|{HASH}\n"))
    assert (master.name, master.password_hash, master.where, problems) == ("admin", HASH, "file.cf:2", [])
    assert HASH not in repr(master)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("admin", "file.cf:1: admin has no password hash (hint: setup dovecot-master update admin)"),
        ("admin|secret", "file.cf:1: admin has no password hash (hint: setup dovecot-master update admin)"),
        (f"ad min|{HASH}", "file.cf:1: 'ad…' is not a name of letters, digits and . _ - (hint: name|{SCHEME}hash)"),
        (f"a*b|{HASH}", "file.cf:1: 'a*b' is not a name of letters, digits and . _ - (hint: name|{SCHEME}hash)"),
        (f"admin|{HASH}:x", "file.cf:1: admin has no password hash (hint: setup dovecot-master update admin)"),
        (f"admin|{HASH}\nadmin|{HASH}", "file.cf:2: admin is a master user already (hint: see file.cf:1)"),
    ],
)
def test_no_master(row: str, said: str) -> None:
    problems = told(masters(file(row))[1])
    assert problems == [said]
    assert "secret" not in said.replace("SECRET", "")


@pytest.mark.parametrize(
    ("environ", "protocols"),
    [({}, {"imap"}), ({"ENABLE_POP3": "1", "ENABLE_MANAGESIEVE": "1"}, {"imap", "pop3", "sieve"})],
)
def test_masters_read_mail_and_send_none(environ: dict[str, str], protocols: set[str]) -> None:
    tree = render(mailserver(ACCOUNTS | {"dovecot-masters.cf": f"admin|{HASH}\n"}, **environ))
    assert {path.rpartition("/")[2] for path in tree if "/masters/" in path} == protocols
    assert all(tree[path].secret for path in tree if "/masters/" in path)


def test_without_master_users_there_is_no_such_login() -> None:
    assert "auth_master_user_separator" not in render(mailserver())["dovecot/dovecot.conf"].content
