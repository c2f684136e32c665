from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from mailwright.apply import sessions
from tests import clock


@pytest.mark.parametrize(
    ("known", "changed"), [({"a"}, {"a": True}), (set(), {"a": False}), ({"a"}, {"a": True, "b": False})]
)
def test_no_wait_for_what_dovecot_knows(
    known: set[str], changed: dict[str, bool | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "has_login", lambda name: name in known)
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))
    sessions.wait_for_logins(changed)


@pytest.mark.parametrize("changed", [{"a": True}, {"a": None}, {}])
def test_no_longer_than_the_next_second(changed: dict[str, bool | None], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.5]
    monkeypatch.setattr(sessions, "has_login", lambda _: False)
    monkeypatch.setattr(time, "time", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: clock.append(clock.pop() + seconds))
    sessions.wait_for_logins(changed)
    assert 101.02 <= clock[0] < 101.1


def written_down(folder: Path, logins: Mapping[str, str], processes: Mapping[str, str]) -> None:
    """What auth-relay has written down, and the processes that run."""
    for number, login in logins.items():
        (folder / number).write_text(login)
    for number, name in processes.items():
        (folder / "proc" / number).mkdir(parents=True)
        (folder / "proc" / number / "comm").write_text(f"{name}\n")


def test_the_sessions_on_587_of_one_account(tmp_path: Path) -> None:
    logins = {"10": "a@b.c", "11": "A@b.c", "12": "ab@b.c", "13": "a@b.c", "14": "a@b.c", "auth": "a@b.c"}
    written_down(tmp_path, logins, {"10": "smtpd", "11": "smtpd", "12": "smtpd", "13": "other", "auth": "smtpd"})
    assert sorted(sessions.submissions("a@b.c", tmp_path, tmp_path / "proc")) == [10, 11]
    assert list(sessions.submissions("*@b.c", tmp_path, tmp_path / "proc")) == []


def test_who_is_kicked_sends_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(sessions, "run", asked.append)
    monkeypatch.setattr(sessions, "submissions", lambda user: [10] if user == "a@b.c" else [])
    monkeypatch.setattr(os, "kill", lambda *arguments: killed.append(arguments))
    monkeypatch.setattr(sessions, "knows_logins", lambda: True)
    monkeypatch.setattr(sessions, "unknown_submissions", lambda _: [11])
    sessions.kick("a@b.c")
    assert killed == [(10, signal.SIGTERM)]
    monkeypatch.setattr(sessions, "knows_logins", lambda: False)
    sessions.kick("c@b.c")
    assert killed == [(10, signal.SIGTERM), (11, signal.SIGTERM)]
    asked.pop()
    assert asked == [(sessions.DOVEADM, "kick", "a@b.c")]


def test_without_auth_relay_the_log_tells_who_is_on_587(tmp_path: Path) -> None:
    when = (clock.now() + timedelta(days=2)).isoformat()

    def smtpd(process: int, *what: str, service: str = "submission") -> str:
        return "".join(f"{when} mail.b.c postfix/{service}/smtpd[{process}]: {text}\n" for text in what)

    def sent(login: str) -> str:
        return f"4A: client=x.test[203.0.113.9], sasl_method=PLAIN, sasl_username={login}"

    connect, disconnect = "connect from x.test[203.0.113.9]", "disconnect from x.test[203.0.113.9] commands=1"
    log = tmp_path / "mail.log"
    log.write_text(
        smtpd(10, connect, sent("A@b.c"))
        + smtpd(11, connect, service="submissions")
        + smtpd(12, connect, sent("other@b.c"))
        + smtpd(13, connect, sent("a@b.c"), disconnect)
        + smtpd(14, connect, sent("a@b.c"), disconnect, connect, sent("other@b.c"))
        + smtpd(15, connect)
        + smtpd(16, connect, "NOQUEUE: x, sasl_method=PLAIN, sasl_username=other@b.c")
        + f"{when} mail.b.c postfix/smtpd[17]: {connect}\n"
    )
    running = dict.fromkeys(map(str, (10, 11, 12, 13, 14, 16, 17)), "smtpd")
    written_down(tmp_path, {}, {**running, "15": "python3"})
    assert sorted(sessions.unknown_submissions("a@b.c", log, tmp_path / "proc")) == [10, 11, 16]
    assert list(sessions.unknown_submissions("a@b.c", tmp_path / "none", tmp_path / "proc")) == []
