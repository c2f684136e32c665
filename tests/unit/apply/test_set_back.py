"""After a clock was set back: what runs is restarted, Dovecot first, and mail that waits is tried once Postfix runs."""

from __future__ import annotations

import pytest

from mailwright.apply import reload, set_back
from mailwright.host.commands import Done
from mailwright.host.log import Log


class Supervisor:
    """A supervisord that keeps what it is asked for."""

    def __init__(self, *running: str) -> None:
        self.running, self.asked = running, list[str]()

    def getAllProcessInfo(self) -> list[dict[str, str]]:  # noqa: N802
        return [{"name": name, "statename": "RUNNING"} for name in self.running]

    def stopProcess(self, name: str) -> None:  # noqa: N802
        self.asked.append(f"stop {name}")

    def startProcess(self, name: str) -> None:  # noqa: N802
        self.asked.append(f"start {name}")


@pytest.mark.parametrize(
    ("running", "asked", "flushes"),
    [
        (("postfix", "dovecot", "watch"), ["stop postfix", "stop dovecot", "start dovecot", "start postfix"], 2),
        (("postfix",), ["stop postfix", "start postfix"], 2),
        (("dovecot",), ["stop dovecot", "start dovecot"], 0),
    ],
)
def test_what_runs_is_restarted(
    running: tuple[str, ...],
    asked: list[str],
    flushes: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    proxy, answers = Supervisor(*running), [Done(0, "", ""), Done(69, "", "mail system is down")]
    for module in (reload, set_back):
        monkeypatch.setattr(module, "supervisor", lambda: proxy)
    monkeypatch.setattr(set_back, "run", lambda _: answers.pop())
    monkeypatch.setattr(set_back, "PAUSE", 0.0)
    set_back.take_up(86400.0, Log())
    assert proxy.asked == asked
    assert 2 - len(answers) == flushes
    assert "the clock was set back by 86400 s: restarted " in capsys.readouterr().out
