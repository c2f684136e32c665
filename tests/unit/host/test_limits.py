from __future__ import annotations

import resource
from pathlib import Path

import pytest

from mailwright.host import limits

MEMINFO = "MemFree: 1 kB\nMemTotal:        4000 kB\n"
UNLIMITED = "9223372036854771712\n"  # as version 1 writes it


@pytest.mark.parametrize(
    ("files", "memory", "processes"),
    [
        ({"memory.max": "1000000\n", "pids.max": "500\n"}, 1_000_000, 500),
        ({"memory.max": "max\n", "pids.max": "max\n"}, 4_096_000, None),
        ({"memory/memory.limit_in_bytes": "2000000\n", "pids/pids.max": "80\n"}, 2_000_000, 80),
        ({"memory/memory.limit_in_bytes": UNLIMITED, "pids/pids.max": "max\n"}, 4_096_000, None),
        ({}, 4_096_000, None),
    ],
    ids=["version 2", "version 2 without limits", "version 1", "version 1 without limits", "no control groups"],
)
def test_control_groups_of_both_versions(
    tmp_path: Path, files: dict[str, str], memory: int, processes: int | None
) -> None:
    (tmp_path / "meminfo").write_text(MEMINFO, encoding="ascii")
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="ascii")
    found = limits.limits(tmp_path, tmp_path / "meminfo")
    assert (found.memory, found.processes) == (memory, processes)


def test_descriptors_are_those_of_the_hard_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 2048))
    set_to = list[tuple[int, int]]()
    monkeypatch.setattr(resource, "setrlimit", lambda _, limit: set_to.append(limit))
    assert limits.limits(tmp_path, tmp_path).descriptors == 2048
    limits.use_descriptors()
    assert set_to == [(2048, 2048)]
