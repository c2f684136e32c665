from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mailwright.cli import edits, import_
from mailwright.cli.import_ import import_ as command
from tests.foreign_servers import mailcow_dump, private_key

HASH = "{BLF-CRYPT}$2y$10$" + "a" * 53
KEY = private_key()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config folder with a folder .import."""
    folder = tmp_path / "config"
    (folder / ".import").mkdir(parents=True)
    for module in (edits, import_):
        monkeypatch.setattr(module, "config_folder", lambda: folder)
    return folder


def run(*args: str) -> Result:
    return CliRunner().invoke(command, args)


def mailcow(config: Path) -> str:
    boxes: list[Mapping[str, object]] = [
        {"username": "ann@example.com", "password": HASH, "quota": 5 << 30},
        {"username": "eve\x1b[31m\n@example.com", "password": HASH},
    ]
    hosts = [{"id": 1, "hostname": "[smtp.relay.test]:587", "username": "me", "password": "s3cret"}]
    domains = [{"domain": "example.com", "relayhost": "1"}]
    dump = mailcow_dump({"mailbox": boxes, "relayhosts": hosts, "domain": domains})
    (config / ".import/mailcow.sql").write_text(dump)
    (config / ".import/dkim.txt").write_text(f"dkim.example.com\n{KEY}")
    return str(config / ".import")


def test_the_table(config: Path) -> None:
    result = run("mailcow", mailcow(config))
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    for line in (
        "add account ann@example.com BLF-CRYPT -",
        "add quota ann@example.com 5G -",
        "add relay host @example.com [smtp.relay.test]:587 -",
        "add relay login @example.com me -",
        "add DKIM key dkim._domainkey.example.com rsa-2048 -",
        "nothing has changed; add --yes to change this server",
    ):
        assert line in lines
    assert r"eve\x1b[31m\n@example.com" in result.output
    assert "Copy the mail with:" in lines
    assert [path.name for path in config.iterdir()] == [".import"]
    for secret in ("$2y$", "s3cret", KEY.splitlines()[1]):
        assert secret not in result.output


def test_json(config: Path) -> None:
    told = json.loads(run("mailcow", mailcow(config), "--json").stdout)
    assert told["items"][0] == {
        "action": "add",
        "kind": "account",
        "name": "ann@example.com",
        "value": "BLF-CRYPT",
        "reason": "",
    }
    assert told["same"] == 0
    assert told["left"][0]["kind"] == "account"
    assert told["copy"][-1].startswith("doveadm")


def test_scripts_can_be_left_out(config: Path) -> None:
    folder = config / ".import"
    (folder / "postfix-accounts.cf").write_text(f"ann@example.com|{HASH}\n")
    (folder / "ann@example.com.dovecot.sieve").write_text("keep;\n")
    assert "Sieve script" in run("dms", str(folder)).output
    told = json.loads(run("dms", str(folder), "--no-sieve", "--json").stdout)
    assert [item["kind"] for item in told["items"]] == ["account"]
    assert told["left"][0]["reason"] == "is left out (--no-sieve)"


def test_a_refusal(config: Path) -> None:
    result = run("mailu", str(config / ".import"))
    assert result.exit_code == 1
    assert "has neither mailu.json nor data/main.db" in result.output


def test_the_folder_that_is_mounted(config: Path) -> None:
    (config / "postfix-accounts.cf").write_text(f"ann@example.com|{HASH}\n")
    assert "nothing has to be imported" in run("dms", str(config)).output
