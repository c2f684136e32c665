from __future__ import annotations

import pytest

from mailwright.formats.dovecot_2_3 import problems
from tests.unit.operator import file, told


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("mail_plugins = $mail_plugins acl", "mail_plugins/acl = yes"),
        ("mail_plugins = $mail_plugins fts fts_xapian", "mail_plugins/fts = yes and mail_plugins/fts_xapian = yes"),
        ("mail_plugins { acl = yes }", "or without a block: mail_plugins/acl = yes"),
        ("passdb passwd-file { passwd_file_path = /x }", "block: passdb/passwd-file/passwd_file_path = /x"),
        ("mail_path = /var/mail/%d/%n", "mail_path = /var/mail/%{user | domain}/%{user | username}"),
        ("mail_home = /var/mail/%Ld/%Ln", "mail_home = /var/mail/%{user | domain | lower}/%{user | username | lower}"),
        ("auth_username_format = %Lu", "auth_username_format = %{user | lower}"),
        ("mail_location = maildir:~/Maildir", "mail_driver = maildir and mail_path = PATH"),
        ("ssl_cert = </etc/ssl/cert.pem", "ssl_server_cert_file = PATH"),
        ("disable_plaintext_auth = no", "auth_allow_cleartext = no"),
        ("plugin {", "Dovecot 2.4 has no such block"),
        ("passdb {", "passdb NAME {, such as passdb passwd-file {"),
        ("namespace {", "namespace NAME {"),
    ],
)
def test_a_line_of_2_3_has_its_form_in_2_4(line: str, new: str) -> None:
    [problem] = told(problems(file(f"# comment\n{line}\n", "dovecot.cf")))
    assert problem.startswith("dovecot.cf:2: ")
    assert new in problem
    assert "warning" not in problem


def test_all_lines_at_once() -> None:
    text = "passdb {\n  driver = passwd-file\n  args = /x\n}\nplugin {\n  quota_rule = *:storage=1G\n  x = %u\n}\n"
    assert [problem.where for problem in problems(file(text))] == [f"file.cf:{n}" for n in (1, 2, 3, 5, 6, 7)]


@pytest.mark.parametrize(
    "text",
    [
        "mail_path = /var/mail/%{user | domain}/%{user | username}\nmail_home = ~/x\n",
        "protocol imap {\n  mail_plugins {\n    acl = yes\n  }\n}\n",
        "passdb ldap {\n  passdb_ldap_filter = (uid=%{user})\n}\n",
        "service imap-login {\n  inet_listener imaps {\n    port = 993\n  }\n}\n",
        "mail_log_prefix = 100%% %{user}: \nnamespace inbox {\n  prefix = INBOX.\n}\nfs posix {\n  driver = x\n}\n",
        "service x { # of ours\n  user = %{user}{\n}\n",
        'log_timestamp = "%Y-%m-%d "\ndoveadm_password = a%bc\nldap_uris = ldapi://%Frun\n',
        "mailbox Spam {\n  special_use = \\Junk\n}\n# mail_location = %d\n",
    ],
)
def test_2_4_is_left_alone(text: str) -> None:
    assert told(problems(file(text))) == []
