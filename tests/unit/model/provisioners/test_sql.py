"""ACCOUNT_PROVISIONER=SQL: its settings, and what Postfix asks."""

from __future__ import annotations

import pytest

from mailwright.model.provisioners.sql import SqlProvisioner
from tests.unit.operator import mailserver, refused

SQL = {"ACCOUNT_PROVISIONER": "SQL", "SQL_HOST": "db.example.com", "SQL_PASSWORD": "of-the-database"}


def provisioner(**environ: str) -> SqlProvisioner:
    """The provisioner of these variables."""
    value = mailserver({}, **{**SQL, **environ}).provisioner
    assert isinstance(value, SqlProvisioner)
    return value


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        (
            {"SQL_HOST": ""},
            "environment: ACCOUNT_PROVISIONER=SQL needs SQL_HOST, the server of the database "
            "(hint: SQL_HOST=db.example.com, or SQL_DRIVER=sqlite for a file)",
        ),
        (
            {"SQL_PASSWORD": ""},
            "environment: ACCOUNT_PROVISIONER=SQL needs SQL_PASSWORD "
            "(hint: set SQL_PASSWORD, or SQL_PASSWORD__FILE to a file that has it)",
        ),
        (
            {"SQL_TLS": "off"},
            "warning: environment: SQL_TLS: is off: passwords and accounts go to db.example.com in clear text",
        ),
        ({"SQL_PATH": "/var/mail-state/x"}, "warning: environment: SQL_PATH: has no effect with SQL_DRIVER=postgresql"),
        (
            {"SQL_DRIVER": "sqlite"},
            "warning: environment: SQL_HOST: has no effect with SQL_DRIVER=sqlite",
        ),
        (
            {"SQL_DRIVER": "sqlite", "SQL_PATH": "/etc/passwd"},
            "environment: SQL_PATH: '/etc/passwd' is not a path below /var/mail-state/ or /tmp/docker-mailserver/",
        ),
        (
            {"SQL_QUERY_USER": "SELECT p FROM m WHERE u = :user"},
            "environment: SQL_QUERY_USER: uses :user, which is not one of its parameters (:address, :local, :domain)",
        ),
        ({"SQL_DRIVER": "mysql"}, "environment: SQL_DRIVER: 'mysql' is not one of postgresql, mariadb, sqlite"),
        ({"SQL_HOST": "a b"}, "is neither a host name, nor an IP address, nor the path of a socket"),
        ({"SMTP_ONLY": "1"}, "so mail for accounts in a database could not be delivered (hint: SMTP_ONLY=0"),
        ({"SQL_CA_FILE": "/ca.pem"}, "environment: SQL_CA_FILE: /ca.pem does not exist"),
        ({"SQL_PORT": "70000"}, "environment: SQL_PORT: '70000' is not a port between 1 and 65535"),
    ],
)
def test_mistakes_are_told(environ: dict[str, str], told: str) -> None:
    messages = refused({}, **{**SQL, **environ})
    assert any(told in message for message in messages), messages


def test_files_without_effect_are_told() -> None:
    files = {
        "postfix-accounts.cf": "a@example.com|{PLAIN}x\n",
        "postfix-virtual.cf": "b@example.com a@example.com\n",
        "dovecot-quotas.cf": "a@example.com:1G\n",
        "postfix-send-access.cf": "a@example.com REJECT\n",
        "postfix-receive-access.cf": "# none\n",
    }
    place = "the PostgreSQL database mail on db.example.com"
    told = [message for message in refused(files, **SQL) if "has no effect" in message]
    assert told == [
        f"warning: {name}: has no effect with ACCOUNT_PROVISIONER=SQL: accounts are in {place}"
        for name in list(files)[:4]
    ]


def test_the_password_is_in_one_file_that_is_secret() -> None:
    from mailwright.render.tree import render

    tree = render(mailserver({}, **SQL))
    having = [file for file in tree.values() if "of-the-database" in file.content]
    assert [(file.path, file.secret, file.mode, file.owner) for file in having] == [
        ("sql-lookups/lookups.json", True, 0o400, "_sql-lookups:root")
    ]
    assert "of-the-database" not in repr(provisioner())


def test_patterns_win_over_catch_alls_only() -> None:
    found = mailserver({"postfix-regexp.cf": "/^a/ b@example.com\n"}, **SQL).provisioner.postfix("/etc")
    names = [table.rpartition(":")[2] for table in found.virtual_alias_maps]
    assert names == ["aliases", "/etc/postfix/virtual", "/etc/postfix/regexp", "catch_all"]
    assert [table.rpartition(":")[2] for table in found.smtpd_sender_login_maps] == [
        "senders",
        "/etc/postfix/regexp",
        "catch_all_senders",
    ]


def test_only_our_own_schema_is_edited() -> None:
    assert provisioner().can_edit
    assert "app_passwords" in provisioner().lookups.queries
    own = provisioner(SQL_QUERY_ALIAS="SELECT goto FROM alias WHERE address = :address")
    assert not own.can_edit
    assert "app_passwords" not in own.lookups.queries


def test_a_socket_needs_no_password() -> None:
    assert mailserver({}, **{**SQL, "SQL_PASSWORD": "", "SQL_HOST": "/run/postgresql"}).provisioner.name == "SQL"
