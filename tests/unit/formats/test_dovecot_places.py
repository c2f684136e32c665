from __future__ import annotations

import pytest

from mailwright.formats.dovecot_places import shared
from tests.unit.operator import file, told


@pytest.mark.parametrize(
    ("text", "line", "whose"),
    [
        ("mail_path = /var/mail/all", 1, "all users"),
        ('protocol imap {\n  mail_home = "/var/mail/all"\n}', 2, "all users"),
        ("protocol/imap/mail_inbox_path = /x", 1, "all users"),
        ("mail_path = /var/mail/%{hostname}", 1, "all users"),
        ("mail_path = /var/mail/%{user | domain}", 1, "all users of a domain"),
        ("userdb static {\n  fields {\n    home = /var/mail/all\n  }\n}", 3, "all users"),
        ("userdb static {\n  fields {\n    mail = maildir:/var/mail/all\n  }\n}", 3, "all users"),
        ("namespace inbox {\n  inbox = yes\n  mail_path = /var/mail/all\n}", 3, "all users"),
        ("sieve_script personal {\n  type = personal\n  path = /x/all\n}", 3, "all users"),
    ],
)
def test_one_place_for_many(text: str, line: int, whose: str) -> None:
    [problem] = told(shared(file(text, "dovecot.cf")))
    assert problem.startswith(f"dovecot.cf:{line}: ")
    assert f"is one place for {whose} (hint: such as " in problem
    assert problem.endswith("/%{user | domain}/%{user | username})")


@pytest.mark.parametrize(
    "text",
    [
        "mail_path = /var/mail/%{user | domain}/%{user | username}",
        "mail_path = /var/mail/%{user}\nmail_home = /home/%{user | username | lower}",
        "mail_path = ~/Maildir\nmail_index_path = MEMORY\nmail_home =",
        "namespace Public {\n  mail_path = /var/mail/public\n  type = public\n}",
        "namespace Shared {\n  type = shared\n  mail_path = %{owner_home}/Maildir\n}",
        "sieve_script before {\n  type = before\n  path = /etc/dovecot/sieve/before.sieve\n}",
        "userdb ldap {\n  fields {\n    home = %{ldap:homeDirectory}\n  }\n}",
        "passdb passwd-file {\n  passwd_file_path = /etc/dovecot/userdb\n}\n# mail_path = /x",
    ],
)
def test_a_place_for_each(text: str) -> None:
    assert told(shared(file(text))) == []
