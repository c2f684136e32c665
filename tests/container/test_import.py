"""setup import: what another server's dump has works here, with the passwords that its users know."""

from __future__ import annotations

import imaplib
import json
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from mailwright.formats.foreign_hashes import FORMS
from mailwright.formats.mysql_dump import Dump
from tests.container.databases import Database, database
from tests.container.docker import docker, until
from tests.container.lab import PASSWORD, Lab, Server, accounts, message
from tests.container.test_setup import good, setup
from tests.foreign_servers import mailcow_rows, mailcow_tables, private_key

FOLDER = "/tmp/docker-mailserver/.import"
# What a dump may have besides tables, and a column that a dump leaves out.
MORE = r"""
CREATE VIEW grouped_mail_aliases (username, aliases) AS SELECT goto, address FROM alias WHERE address != goto;
CREATE TABLE made (id INT PRIMARY KEY, upper VARCHAR(9) AS (UPPER(name)) STORED, name VARCHAR(9), raw VARBINARY(9));
INSERT INTO made (id, name, raw) VALUES (1, 'a;''\\', 'x''y'), (2, NULL, NULL);
CREATE TRIGGER made_first BEFORE INSERT ON made FOR EACH ROW SET NEW.name = 'INSERT INTO `alias` VALUES (1);';
"""
KEY = private_key()
SIEVE = (
    'require ["fileinto"];\n# it\'s "quoted" \\ and ü\nif header :contains "subject" "news" {\n  fileinto "News";\n}\n'
)
ROWS: Mapping[str, list[dict[str, object]]] = {
    "versions": [{"application": "db_schema", "version": "26022024_1433"}],
    "domain": [{"domain": "cow.test", "relayhost": "1"}, {"domain": "second.test"}],
    "alias": [
        {"address": "team@cow.test", "goto": "blf-crypt@cow.test,friend@outside.test"},
        {"address": "@second.test", "goto": "blf-crypt@cow.test"},
        {"address": "blf-crypt@cow.test", "goto": "blf-crypt@cow.test"},
    ],
    "alias_domain": [{"alias_domain": "old.test", "target_domain": "cow.test"}],
    "relayhosts": [{"hostname": "[smtp.relay.test]:587", "username": "me", "password": 'it\'s \\ "x"'}],
    "sieve_filters": [
        {"username": "blf-crypt@cow.test", "script_name": "active", "script_data": SIEVE, "filter_type": "prefilter"}
    ],
    "quarantine": [{"qid": "1", "msg": "INSERT INTO `mailbox` VALUES ('evil@cow.test','x');\n" * 100}],
    "fido2": [{"username": "blf-crypt@cow.test", "credentialId": "\0\x01'\\;"}],
}


@pytest.fixture(scope="module")
def source(lab: Lab) -> Database:
    """A MariaDB with mailcow's tables, and a mailbox for each scheme."""
    place = database(lab, "mariadb")
    place.sql(mailcow_tables() + MORE)
    return place


def dumped(source: Database, *options: str) -> str:
    """What mariadb-dump(1) makes of the database."""
    tool = ("mariadb-dump", "--disable-ssl-verify-server-cert", "--default-character-set=utf8mb4")
    return docker("exec", source.name, *tool, *options, "mail")


def hashed(server: Server, scheme: str) -> str:
    """PASSWORD as a server with that scheme stores it."""
    if scheme == "CRYPT":
        return "{CRYPT}" + server.run("perl", "-e", f"print crypt(q({PASSWORD}), q($y$j9T$abcdefgh))")
    return server.run("doveadm", "pw", "-s", scheme, "-p", PASSWORD).strip()


@pytest.fixture(scope="module")
def server(lab: Lab, source: Database) -> Server:
    """A server with one account, and a folder .import with mailcow's dump."""
    files = {"postfix-accounts.cf": accounts("me@example.test"), "dovecot.cf": "auth_failure_delay = 0\n"}
    files["dovecot-masters.cf"] = f"boss|{{PLAIN}}{PASSWORD}\n"
    server = lab.mailserver("importing", {**files, ".import/dkim.txt": f"dkim.cow.test\n{KEY}"})
    boxes = [
        {
            "username": f"{scheme.lower()}@cow.test",
            "password": hashed(server, scheme),
            "name": "Ünï | : \\ 'x'",
            "quota": 5 << 30,
            "attributes": json.dumps({"smtp_access": "0"}) if scheme == "SSHA" else "{}",
        }
        for scheme in FORMS
    ]
    boxes.append({"username": "locked@cow.test", "password": "{KEYCLOAK}x", "authsource": "keycloak"})
    source.sql(mailcow_rows({**ROWS, "mailbox": boxes}))
    assert server.config
    (server.config / ".import/mailcow.sql").write_text(dumped(source))
    return server


@dataclass(frozen=True)
class Imported:
    """A server after the import, and what was printed."""

    server: Server
    preview: str
    printed: str
    files: tuple[set[str], set[str]]  # of the config folder, before and after the preview


@pytest.fixture(scope="module")
def imported(server: Server) -> Imported:
    """The server once mailcow's dump was looked at and taken over."""
    assert server.config
    folder = server.config
    before = {path.name + path.read_text() for path in folder.glob("*.cf")}
    preview = good(server, "import", "mailcow", FOLDER)
    after = {path.name + path.read_text() for path in folder.glob("*.cf")}
    code, printed, said = setup(server, "import", "mailcow", FOLDER, "--yes")
    assert code == 0, said
    return Imported(server, preview, printed + said, (before, after))


def test_each_form_of_a_dump_says_the_same(source: Database, server: Server) -> None:
    """``server`` has filled the tables."""
    forms = ("", "--hex-blob --complete-insert", "--skip-extended-insert --skip-add-locks", "--skip-opt --compact")
    wanted = {"made": ("id", "name", "raw"), "mailbox": ("username", "password", "name"), "alias": ("address", "goto")}
    said = [sorted(map(str, Dump(dumped(source, *form.split()).encode()).rows(wanted))) for form in forms]
    assert all(one == said[0] for one in said)
    assert len(said[0]) == len(FORMS) + 1 + len(ROWS["alias"]) + 2
    assert str(("made", {"id": "1", "name": "a;'\\", "raw": "x'y"})) in said[0]


def test_nothing_changes_without_yes(imported: Imported) -> None:
    before, after = imported.files
    assert before == after
    assert "nothing has changed; add --yes" in imported.preview
    assert f"imported from mailcow: {len(FORMS) + 1} accounts" in imported.printed


def test_no_secret_is_printed(imported: Imported) -> None:
    for secret in ("$2y$", "it's", "PRIVATE KEY", "{BLF-CRYPT}"):
        assert secret not in imported.preview + imported.printed + imported.server.log()


def test_a_second_time_nothing_is_to_be_done(imported: Imported) -> None:
    assert "nothing to do" in good(imported.server, "import", "mailcow", FOLDER)
    assert "nothing to do" in setup(imported.server, "import", "mailcow", FOLDER, "--yes")[2]


def test_every_password_is_still_valid(imported: Imported) -> None:
    wrong = []
    for scheme in FORMS:
        try:
            imported.server.imap(f"{scheme.lower()}@cow.test").logout()
        except imaplib.IMAP4.error as error:
            wrong.append(f"{scheme}: {error}")
        with pytest.raises(imaplib.IMAP4.error):
            imported.server.imap(f"{scheme.lower()}@cow.test", f"{PASSWORD}x")
    assert not wrong


def test_an_account_without_password_gets_mail_and_nobody_can_log_in(imported: Imported) -> None:
    server, address = imported.server, "locked@cow.test"
    server.deliver("someone@outside.test", address)
    until(
        "its mail",
        lambda: "messages=1" in server.run("doveadm", "mailbox", "status", "-u", address, "messages", "INBOX"),
    )
    row = next(
        line for line in good(server, "email", "export", "--format", "cf").splitlines() if line.startswith(address)
    )
    for password in ("", "x", "{KEYCLOAK}x", row.partition("}")[2]):
        with pytest.raises(imaplib.IMAP4.error):
            server.imap(address, password or '""')
    assert f"setup email update {address}" in imported.preview


def test_mail_goes_where_it_went(imported: Imported) -> None:
    server = imported.server
    for recipient in ("any@second.test", "team@cow.test", "blf-crypt@old.test"):
        assert server.receives("blf-crypt@cow.test", server.deliver("someone@outside.test", recipient))
    news = message("someone@outside.test", "blf-crypt@cow.test", "some news")
    assert server.receives(
        "blf-crypt@cow.test", server.deliver("someone@outside.test", "blf-crypt@cow.test", news), "News"
    )
    assert "evil@cow.test" not in good(server, "email", "list")
    with pytest.raises(smtplib.SMTPException, match="Access denied"):
        server.submit("ssha@cow.test", "me@example.test")  # smtp_access is 0 there


def test_the_key_and_the_relay_host(imported: Imported) -> None:
    server = imported.server
    assert "dkim._domainkey.cow.test" in good(server, "dns")
    assert "[smtp.relay.test]:587" in good(server, "relay", "list")
    assert server.config
    [key] = (server.config / "rspamd/dkim").glob("*.private.txt")
    assert key.name == "rsa-2048-dkim-cow.test.private.txt"
    assert key.stat().st_mode & 0o777 == 0o640


def test_the_printed_command_copies_mail_by_imap(imported: Imported) -> None:
    """The old server is this one: a master user reads one account, and its mail is copied to another."""
    server, old, new = imported.server, "me@example.test", "sha@cow.test"
    server.receives(old, server.deliver("someone@outside.test", old))
    copy = next(line for line in imported.preview.splitlines() if line.startswith("doveadm "))
    for word, value in (
        ("OLD_SERVER", "127.0.0.1"),
        ("ADDRESS*MASTER_USER@mailcow.local", f"{old}*boss"),
        ("MASTER_PASS", PASSWORD),
        ("-u ADDRESS", f"-u {new}"),
        ("doveadm ", "doveadm -o ssl_client_require_valid_cert=no "),
    ):
        assert word in copy
        copy = copy.replace(word, value)
    server.run("sh", "-c", copy)
    assert len(server.mails(new)) == len(server.mails(old)) == 1
    server.receives(old, server.deliver("someone@outside.test", old))
    server.run("sh", "-c", copy.replace("backup -R", "sync -1 -R"))
    assert len(server.mails(new)) == 2


def test_all_or_nothing(imported: Imported) -> None:
    """One script with a mistake takes everything back; without scripts the rest is added."""
    server = imported.server
    assert server.config
    other = server.config / ".other"
    other.mkdir()
    (other / "postfix-accounts.cf").write_text(f"new@other.test|{{PLAIN}}{PASSWORD}\n")
    (other / "new@other.test.dovecot.sieve").write_text("keep\nnonsense;\n")
    code, _, said = setup(server, "import", "dms", "/tmp/docker-mailserver/.other", "--yes")
    assert code == 1
    assert "new@other.test.dovecot.sieve:" in said
    assert "taken back; nothing has changed" in said
    assert "new@other.test" not in (server.config / "postfix-accounts.cf").read_text()
    assert not (server.config / "new@other.test.dovecot.sieve").exists()
    good(server, "import", "dms", "/tmp/docker-mailserver/.other", "--yes", "--no-sieve")
    server.imap("new@other.test").logout()
