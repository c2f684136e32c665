"""A kept verdict is a fact of the bytes that a checker reads: it holds for the same bytes, and for no others."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mailwright.apply import checks, kept_verdicts
from mailwright.apply.checks import Moment, check
from mailwright.core.tree import Effect, File, Span, Tree
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check
from mailwright.services.rspamd import RSPAMD
from mailwright.services.verdicts import Answer
from tests.unit.operator import mailserver

OURS = File("rspamd/local.d/a.conf", "# Block lists refuse 192.0.2.1\nhelo = mail.example.com;\n", "rspamd")
THEIRS = File("rspamd/override.d/b.conf", "score = 4;\n", "rspamd", spans=(Span(1, "rspamd/override.d/b.conf"),))
MAP = File("rspamd/local.d/x.map", "one\n", "rspamd", effect=Effect.NOTHING)
OTHER = File("postfix/main.cf", "a = b\n", "postfix")


@pytest.fixture
def server() -> Mailserver:
    return mailserver()


@pytest.fixture
def name(server: Mailserver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """The name of the verdict on OURS, THEIRS and more, with what the image has in a folder of the test."""
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "rule.lua").write_text("return 1")
    (tmp_path / "status").write_text("Package: rspamd\nVersion: 3.12\n")
    monkeypatch.setattr(kept_verdicts, "INSTALLED", tmp_path / "status")
    one = Check(("rspamadm", "configtest"), reads=("rspamd/", str(rules)))

    def key(*files: File, check: Check = one, etc: str = "/etc", of: Mailserver = server) -> str:
        return kept_verdicts.key(check, of, Tree.of(files or (OURS, THEIRS, MAP, OTHER)), etc)

    return key


def test_what_a_checker_does_not_see_changes_nothing(name: Callable[..., str], server: Mailserver) -> None:
    same = name()
    assert same
    assert name(OURS, THEIRS, replace(MAP, content="two\n"), replace(OTHER, content="a = c\n")) == same
    assert name(replace(OURS, content=OURS.content.replace("192.0.2.1", "198.51.100.1")), THEIRS) == same
    staged = replace(OURS, content=f"{OURS.content}key = /run/staged/k;\n")
    live = replace(OURS, content=f"{OURS.content}key = /etc/k;\n")
    assert name(staged, THEIRS, etc="/run/staged") == name(live, THEIRS)


def test_a_server_on_another_network_has_the_same_verdict(name: Callable[..., str], server: Mailserver) -> None:
    names = set()
    for gateway in ("192.0.2.1", "198.51.100.254"):
        text = f'ip = ["{gateway}"];\nhelo = "{server.hostname}";\n'
        names.add(name(replace(OURS, content=text), of=replace(server, gateways=(gateway,))))
    assert len(names) == 1


def test_each_byte_that_a_checker_sees_counts(name: Callable[..., str], tmp_path: Path) -> None:
    names = [name(), name(OURS), name(OURS, replace(THEIRS, content="score = 5;\n"))]
    names.append(name(replace(OURS, path="rspamd/local.d/c.conf"), THEIRS))
    names.append(name(OURS, replace(THEIRS, content="# a comment of the operator's\nscore = 4;\n")))
    (tmp_path / "rules/rule.lua").write_text("return 2")
    names.append(name())
    (tmp_path / "status").write_text("Package: rspamd\nVersion: 3.13\n")
    names.append(name())
    names.append(name(check=Check(("rspamadm", "configtest", "-s"), reads=("rspamd/", str(tmp_path / "rules")))))
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "text",
    [
        'map = "/tmp/docker-mailserver/x.map";',
        '.include "other.conf"',
        'url = "https://maps.example.com/x";',
        'path = "$DBDIR/x";',
        'lua_script = "x";',
    ],
)
def test_a_file_that_leads_elsewhere_is_checked_at_each_start(name: Callable[..., str], text: str) -> None:
    assert name(OURS, replace(THEIRS, content=f"{text}\n")) == ""


def test_networks_and_numbers_lead_nowhere(name: Callable[..., str]) -> None:
    assert (
        name(OURS, replace(THEIRS, content='local_addrs = ["192.0.2.0/24", "2001:db8::/32"]; rate = "5 / 1h";\n')) == ""
    )
    networks = 'local_addrs = ["192.0.2.0/24", "2001:db8::/32"];\n'
    assert name(OURS, replace(THEIRS, content=networks))
    assert name(OURS, replace(THEIRS, content=f'{networks}rate = "5 / 1h";\n')) == ""  # checked rather than guessed


def test_without_debians_list_nothing_is_kept(name: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "status").unlink()
    assert name() == ""


def test_the_newest_verdicts_stay(tmp_path: Path) -> None:
    for number in range(kept_verdicts.MOST + 3):
        kept_verdicts.keep(f"{number:02}", tmp_path)
        os.utime(tmp_path / f"{number:02}", (time.time() + number - 100,) * 2)
    kept_verdicts.keep("", tmp_path)
    assert len(list(tmp_path.iterdir())) == kept_verdicts.MOST
    assert not (tmp_path / "00").exists()


def test_only_silence_is_kept_and_a_trial_asks_anew(
    server: Mailserver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    says: list[str] = ["a doubt that nobody knows"]

    def answer(one: Check, _: Path) -> tuple[Answer, str]:
        asked.append(one.checker)
        return Answer(one.checker, tuple(says)), ""

    (tmp_path / "status").write_text("")
    monkeypatch.setattr(kept_verdicts, "INSTALLED", tmp_path / "status")
    monkeypatch.setattr(kept_verdicts.keep, "__defaults__", (tmp_path / "kept",))
    monkeypatch.setattr(kept_verdicts, "STATE", tmp_path / "kept")
    monkeypatch.setattr(kept_verdicts, "_of_the_image", lambda _: ())
    monkeypatch.setattr(checks, "_answer", answer)

    def problems(moment: Moment) -> int:
        return len(check(server, Tree.of([OURS]), tmp_path, [RSPAMD.name], moment))

    assert [problems(Moment.START), problems(Moment.START)] == [1, 1]
    says.clear()
    assert [problems(Moment.START), problems(Moment.LIVE), problems(Moment.TRIAL), problems(Moment.PATCHED)] == [0] * 4
    assert len(asked) == 5
