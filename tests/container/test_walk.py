"""render, check, diff, ports and the settings' sources, inside a container and outside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.container.conftest import ALICE, BOB
from tests.container.docker import IMAGE, LABEL, docker
from tests.container.lab import CAPABILITIES, HASH, Lab, Server, accounts
from tests.outside import outside
from tests.pki import pair


def test_nothing_to_do_after_a_start(server: Server) -> None:
    assert server.run("mailwright", "diff").strip() == "nothing to do"
    assert "the configuration is fine" in server.run("mailwright", "check")


def test_diff_tells_what_would_change_and_keeps_secrets(server: Server) -> None:
    assert server.config
    file = server.config / "postfix-accounts.cf"
    before = file.read_text()
    control = ("supervisorctl", "-c", "/etc/supervisor/supervisord.conf")
    server.run(*control, "stop", "watch")  # which would make it live before we can ask
    file.write_text(before + accounts("new@example.test"))
    try:
        done = server.ask("mailwright", "diff")
    finally:
        file.write_text(before)
        server.run(*control, "start", "watch")
    assert done.code == 1
    assert "+new@example.test new@example.test" in done.printed
    assert "secret dovecot/userdb: changed" in done.printed
    assert HASH not in done.printed + done.said


def test_what_render_writes_is_what_the_daemons_read(server: Server) -> None:
    compare = "mailwright render --output /tmp/out && cd /tmp/out/etc && find . -type f -exec cmp {} /etc/{} \\;"
    assert re.fullmatch(r"wrote \d+ files below /tmp/out/etc\n", server.run("sh", "-c", compare))
    assert HASH not in server.run("mailwright", "render")
    assert "PRIVATE KEY" not in server.run("mailwright", "render")


def test_check_in_a_container_names_the_operators_line(server: Server) -> None:
    assert server.config
    file = server.config / "dovecot.cf"
    file.write_text("\n\nno_such_setting = 1\nprotocol imap {\n  nor_this = 2\n}\n")
    try:
        done = server.ask("mailwright", "check")
    finally:
        file.unlink()
    assert done.code == 78
    assert "dovecot.cf:3: no_such_setting: Unknown setting" in done.printed + done.said
    assert "dovecot.cf:5: nor_this: Unknown setting" in done.printed + done.said


def test_the_table_of_ports(server: Server) -> None:
    lines = {line.split()[0]: line for line in server.run("mailwright", "ports").splitlines()}
    assert "open" in lines["587"]
    assert "off" in lines["465"]
    assert "ENABLE_SUBMISSIONS" in lines["465"]


def test_settings_come_from_environment_secret_file_and_folder(lab: Lab) -> None:
    config = {
        "postfix-accounts.cf": accounts(ALICE, BOB),
        "mailserver.env": "POSTFIX_MESSAGE_SIZE_LIMIT=3M\nTLS_LEVEL=intermediate # old\nexport ENABLE_POP3='yes'\n",
        "postmaster": BOB + "\n",
    }
    env = {"TLS_LEVEL": "modern", "POSTMASTER_ADDRESS__FILE": "/tmp/docker-mailserver/postmaster", "ENABLE_IMAP": ""}
    server = lab.mailserver("sources", config, env, ready=(25, 587, 993, 995))
    assert server.run("postconf", "-h", "message_size_limit").strip() == str(3 << 20)
    assert "DHE-RSA-AES" not in server.run("postconf", "-h", "tls_high_cipherlist").replace("ECDHE-RSA", "")
    assert f"postmaster: {BOB}" in server.run("cat", "/etc/postfix/aliases")


def test_a_missing_secret_file_is_refused(lab: Lab) -> None:
    options = [word for capability in CAPABILITIES for word in ("--cap-add", capability)]
    said = docker(
        *("run", "--rm", "--label", LABEL, "--network", "none", "--hostname", "mail.x.test", *options),
        *("-e", "POSTMASTER_ADDRESS__FILE=/run/secrets/nothing", IMAGE),
        check=False,
    )
    assert "environment: POSTMASTER_ADDRESS__FILE: /run/secrets/nothing cannot be read" in said


def test_render_and_check_outside_a_container(tmp_path: Path) -> None:
    # A certificate of the operator's: one of our own would be made anew by each command.
    (tmp_path / "config" / "ssl").mkdir(parents=True)
    (tmp_path / "config" / "ssl" / "mail.example.test-full.pem").write_text("".join(pair("mail.example.test")))
    (tmp_path / "config" / "postfix-accounts.cf").write_text(accounts(ALICE))
    (tmp_path / "mailserver.env").write_text(
        "OVERRIDE_HOSTNAME=mail.example.test\nENABLE_SUBMISSIONS=1\nSSL_TYPE=custom\n"
    )
    places = ("--env-file", "mailserver.env", "--config", "./config")
    done = outside("render", *places, "--output", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "submissions inet" in (tmp_path / "out/etc/postfix/master.cf").read_text()
    same = outside("diff", *places, "--against", "out/etc", cwd=tmp_path)
    assert (same.returncode, same.stdout) == (0, "nothing to do\n")
    (tmp_path / "config" / "postfix-main.cf").write_text("message_size_limit = 5\n")
    other = outside("diff", *places, "--against", "out/etc", cwd=tmp_path)
    assert other.returncode == 1
    assert "+message_size_limit = 5" in other.stdout
    assert outside("check", *places, cwd=tmp_path).returncode == 0
    assert outside("render", "--nonsense", cwd=tmp_path).returncode == 2
    (tmp_path / "mailserver.env").write_text("OVERRIDE_HOSTNAME=mail\n")
    refused = outside("render", *places, cwd=tmp_path)
    assert refused.returncode == 78
    assert "mailserver.env:1: OVERRIDE_HOSTNAME: 'mail' is not fully qualified" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("POSTMASTER_ADDRESS__FILE=/nowhere/secret", "POSTMASTER_ADDRESS__FILE: /nowhere/secret cannot be read"),
        ("ENABLE_SUBMISION=1", "ENABLE_SUBMISION is not a setting (did you mean ENABLE_SUBMISSION"),
        ("TLS_LEVEL=moderm", "TLS_LEVEL: 'moderm' is not one of"),
    ],
)
def test_what_is_refused_outside_a_container(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "mail.env").write_text(f"# mine\nOVERRIDE_HOSTNAME=mail.example.test\n{line}\n")
    refused = outside("check", "--env-file", "mail.env", "--config", ".", cwd=tmp_path)
    assert refused.returncode == 78
    assert f"mail.env:3: {said}" in refused.stdout
    assert refused.stderr == "1 problem\n"
