"""Stopped processes are found by their state; those of an operator's shell do not count."""

from __future__ import annotations

from pathlib import Path

from mailwright.observe.processes import stopped_processes


def process(proc: Path, number: int, parent: int, state: str, called: str) -> None:
    (proc / str(number)).mkdir()
    (proc / str(number) / "stat").write_text(f"{number} (x) T (y) {state} {parent} 1 1 0 -1\n")
    (proc / str(number) / "cmdline").write_bytes(called.encode() + b"\0-l\0")


def test_the_stopped_ones_by_name(tmp_path: Path) -> None:
    process(tmp_path, 1, 0, "S", "/usr/bin/tini -- mailwright")
    process(tmp_path, 7, 1, "S", "python3 -m supervisord")
    process(tmp_path, 40, 7, "S", "/usr/lib/postfix/sbin/master")
    process(tmp_path, 41, 40, "T", "qmgr")
    process(tmp_path, 42, 40, "S", "pickup")
    process(tmp_path, 50, 7, "T", "rspamd: main process; 9.2 msg/sec")
    process(tmp_path, 51, 7, "T", "/usr/bin/python3\0-m\0mailwright.programs.watch")
    process(tmp_path, 60, 7, "t", "traced")  # by strace
    process(tmp_path, 80, 0, "S", "bash")  # docker exec
    process(tmp_path, 81, 80, "T", "vi")
    (tmp_path / "90").mkdir()  # has ended
    assert sorted(stopped_processes(tmp_path)) == [
        "/usr/bin/python3 -m mailwright.programs.watch (process 51) is stopped by a signal",
        "qmgr (process 41) is stopped by a signal",
        "rspamd: main process (process 50) is stopped by a signal",
    ]
