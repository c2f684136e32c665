from __future__ import annotations

import time

import pytest

from mailwright.apply import sessions


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
