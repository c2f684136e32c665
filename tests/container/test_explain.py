"""explain, settings and diff, in a container that has postconf and doveconf at hand, and outside."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.lab import HASH, Lab, Server, accounts
from tests.outside import COMMAND, environment
from tests.outside import outside as mailwright_outside
from tests.pki import pair

SECRET = "open-sesame"
CONFIG = {
    "postfix-accounts.cf": accounts(ALICE, BOB),
    "mailserver.env": "# mine\nPOSTFIX_MESSAGE_SIZE_LIMIT=3M\nTLS_LEVEL=intermediate\n",
    "postfix-main.cf": "# mine\nmaximal_queue_lifetime = 2d\nsmtpd_banner =\n  $myhostname ESMTP mine\n",
    "postfix-master.cf": "submission/inet/syslog_name=mine\n",
    "dovecot.cf": "mail_max_userip_connections = 3\n",
}
ENV = {
    "TLS_LEVEL": "modern",
    "RELAY_HOST": "smtp.outside.test",
    "RELAY_USER": "someone-there",
    "RELAY_PASSWORD": SECRET,
    "ENABLE_RSPAMD": "0",
}


@pytest.fixture(scope="module")
def server(lab: Lab) -> Server:
    return lab.mailserver("explained", CONFIG, ENV)


def explain(server: Server, name: str) -> str:
    return server.run("mailwright", "explain", name)


def test_a_setting_names_the_lines_that_it_shapes(server: Server) -> None:
    said = explain(server, "postfix_message_size_limit")
    assert said.startswith("POSTFIX_MESSAGE_SIZE_LIMIT = 3145728\n  from        mailserver.env:2\n")
    place = re.search(r"shapes +(/etc/postfix/main\.cf):(\d+)  message_size_limit = 3145728\n", said)
    assert place
    assert server.run("sed", "-n", f"{place[2]}p", place[1]) == "message_size_limit = 3145728\n"


def test_a_setting_says_what_it_wins_over(server: Server) -> None:
    said = explain(server, "TLS_LEVEL")
    assert "TLS_LEVEL = modern\n  from        environment\n  wins over   mailserver.env:3: intermediate\n" in said
    assert "takes       modern, intermediate\n" in said


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("maximal_queue_lifetime", "postfix-main.cf:2"),
        ("smtpd_banner", "postfix-main.cf:3"),
        ("message_size_limit", r"templates/postfix/main\.cf\.j2:\d+"),
    ],
)
def test_a_parameter_is_told_as_postconf_reads_it(server: Server, name: str, origin: str) -> None:
    said = explain(server, f"main.cf:{name}")
    value = server.run("postconf", "-h", name).strip()
    assert re.match(rf"/etc/postfix/main\.cf:\d+  {name} = {re.escape(value)}\n  from        {origin}\n", said), said


def test_an_option_of_a_service(server: Server) -> None:
    said = explain(server, "submission/inet/syslog_name")
    assert "-o syslog_name=mine\n  from        postfix-master.cf:1\n" in said
    assert "instead of  -o syslog_name=postfix/submission\n" in said
    assert "setting     ENABLE_SUBMISSION = 1 (default)\n" in said
    assert "no effect" not in said
    assert len(explain(server, "submission/inet").splitlines()) == 30


def test_a_parameter_of_dovecot(server: Server) -> None:
    said = explain(server, "dovecot.conf:mail_max_userip_connections")
    assert said.startswith("/etc/dovecot/local.conf:1  mail_max_userip_connections = 3\n  from        dovecot.cf:1\n")
    assert server.run("doveconf", "-h", "mail_max_userip_connections").strip() == "3"


def test_what_is_not_rendered_has_the_daemons_own_default(server: Server) -> None:
    default = server.run("postconf", "-d", "smtp_tls_protocols").strip()
    assert f"Postfix's own default applies: {default}\n" in explain(server, "main.cf:smtp_tls_protocols")
    assert "Dovecot's own default applies: mail_debug = no\n" in explain(server, "dovecot.conf:mail_debug")
    limit = explain(server, "dovecot.conf:service/imap-login/chroot")
    assert "Dovecot's own default applies: service/imap-login/chroot = login\n" in limit


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("RELAY_HSOT", "RELAY_HSOT is neither a setting nor a rendered parameter (did you mean RELAY_HOST?)"),
        ("main.cf:smtp_tls_protokols", "is not a parameter of Postfix (did you mean smtp_tls_protocols?)"),
        ("dovecot.conf:mail_debag", "is not a parameter of Dovecot (did you mean mail_debug?)"),
        ("main.cf:99999", "/etc/postfix/main.cf has lines 1 to "),
    ],
)
def test_unknown_names(server: Server, name: str, told: str) -> None:
    done = server.ask("mailwright", "explain", name)
    assert told in done.printed + done.said
    assert done.code == 2


def test_every_line_of_the_running_main_cf(server: Server) -> None:
    lines = server.run("cat", "/etc/postfix/main.cf").splitlines()
    for number in (1, len(lines), next(n for n, line in enumerate(lines, 1) if line.startswith("mynetworks"))):
        [told] = json.loads(server.run("mailwright", "explain", f"main.cf:{number}", "--json"))
        assert re.fullmatch(r"(templates/postfix/main\.cf\.j2|postfix-main\.cf):\d+", told["origin"])


def test_secrets_are_nowhere(server: Server) -> None:
    for command in (
        ("explain", "RELAY_PASSWORD"),
        ("explain", "RELAY_USER", "--json"),
        ("settings",),
        ("settings", "--json"),
        ("diff", "--against-image"),
    ):
        said = server.run("mailwright", *command, check=False)
        assert SECRET not in said
        assert "someone-there" not in said
        assert HASH not in said
    assert "RELAY_PASSWORD = (secret)\n  from        environment\n" in explain(server, "RELAY_PASSWORD")


def test_settings(server: Server) -> None:
    rows = [re.split(r" {2,}", line) for line in server.run("mailwright", "settings", "--changed").splitlines()]
    assert rows[0] == ["setting", "value", "from"]
    assert ["POSTFIX_MESSAGE_SIZE_LIMIT", "3145728", "mailserver.env:2"] in rows
    assert ["RELAY_HOST", "smtp.outside.test", "environment"] in rows
    assert ["RELAY_PASSWORD", "(secret)", "environment"] in rows
    assert "TLS_LEVEL" not in [row[0] for row in rows]  # said, and the default
    every = {it["name"]: it for it in json.loads(server.run("mailwright", "settings", "--json"))}
    assert every["TLS_LEVEL"]["overruled"] == [{"text": "intermediate", "origin": "mailserver.env:3"}]
    assert every["ENABLE_IMAP"]["origin"] == "default"


def test_what_differs_from_the_image(server: Server) -> None:
    done = server.ask("mailwright", "diff", "--against-image")
    said = done.printed + done.said
    assert done.code == 1
    assert "-message_size_limit = 10240000\n+message_size_limit = 3145728\n" in said
    assert "+maximal_queue_lifetime = 2d" in said
    assert "+++ rendered/dovecot/local.conf" in said
    assert "table dovecot/userdb: 2 rows, 0 in the image" in said
    assert "setting POSTFIX_MESSAGE_SIZE_LIMIT = 3145728, default 10240000 (mailserver.env:2)" in said
    assert "myhostname" not in re.sub(r"(?m)^ .*|^.smtpd_banner.*|^\+  .*", "", said)
    assert ALICE not in said


PLACES = ("--env-file", "mail.env", "--config", "config")


def outside(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return mailwright_outside(*arguments, *PLACES, cwd=cwd, **variables)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A deployment on this machine, whose certificate is one of its own, and what it renders in out/etc."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "postfix-accounts.cf").write_text(accounts(ALICE))
    (tmp_path / "mail.env").write_text("OVERRIDE_HOSTNAME=mail.example.test\n")
    done = outside("render", "--output", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_a_certificate_that_is_made_up_is_no_change(folder: Path) -> None:
    same = outside("diff", "--against", "out/etc", cwd=folder)
    assert (same.returncode, same.stdout) == (0, "nothing to do\n")
    (folder / "mail.env").write_text("OVERRIDE_HOSTNAME=mail.example.test\nTLS_LEVEL=intermediate\n")
    other = outside("diff", "--against", "out/etc", cwd=folder)
    assert other.returncode == 1
    assert "running/dms/tls" not in other.stdout
    assert "2 files would change (dovecot: reload, postfix: reload)" in other.stdout


def test_a_certificate_of_the_operators_that_goes_is_a_change(folder: Path) -> None:
    held = folder / "out" / "etc" / "dms" / "tls" / "cert"
    held.write_text(pair("mail.example.test", issuer="an authority")[0])
    changed = outside("diff", "--against", "out/etc", cwd=folder)
    assert changed.returncode == 1
    assert "--- running/dms/tls/cert" in changed.stdout
    assert "secret dms/tls/key: changed" in changed.stdout


def on_a_terminal(folder: Path, *options: str, **variables: str) -> str:
    """What diff prints where its standard output is a terminal."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, "diff", *PLACES, "--against", "out/etc", *options]
    subprocess.run(command, cwd=folder, stdout=theirs, check=False, env=environment(**variables))
    os.close(theirs)
    return os.read(ours, 1 << 16).decode()


def test_colours_on_a_terminal_only(folder: Path) -> None:
    (folder / "config" / "postfix-main.cf").write_text("soft_bounce = yes\n")
    green = "\x1b[32m+soft_bounce = yes"
    assert green in on_a_terminal(folder)
    assert "\x1b" not in on_a_terminal(folder, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(folder, "--no-color")
    assert green in on_a_terminal(folder, "--color", NO_COLOR="1")
    assert "\x1b" not in outside("diff", "--against", "out/etc", cwd=folder).stdout
    assert green in outside("diff", "--against", "out/etc", "--color", cwd=folder).stdout


def test_explain_outside_says_who_knows_the_default(folder: Path) -> None:
    done = outside("explain", "main.cf:soft_bounce", cwd=folder, PATH="/nonexistent")
    assert done.returncode == 0
    assert "its default applies, which postconf -d in the container prints" in done.stdout
    assert outside("explain", "nothing_of_the_kind", cwd=folder).returncode == 2
    said = outside("explain", "OVERRIDE_HOSTNAME", cwd=folder).stdout
    assert "OVERRIDE_HOSTNAME = mail.example.test\n  from        mail.env:1\n" in said
    assert "myhostname = mail.example.test" in said
