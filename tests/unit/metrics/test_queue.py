"""The queue is read off its folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mailwright.metrics import queue
from mailwright.metrics.exposition import Sample

NOW = 1_795_803_400.0


def record(kind: str, text: str) -> bytes:
    return kind.encode() + bytes([len(text)]) + text.encode()


def mail(folder: Path, name: str, age: float, *, first: str = "") -> None:
    """A queue file as cleanup(8) begins it; as postdrop(1) does, without ``first``."""
    folder.mkdir(parents=True, exist_ok=True)
    seconds, micros = divmod(int((NOW - age) * 1_000_000), 1_000_000)
    begin = record("C", first) if first else b""
    (folder / name).write_bytes(begin + record("T", f"{seconds} {micros}") + record("A", "create_time=1"))


def values(folder: Path, name: str) -> dict[tuple[str, ...], float]:
    return {sample.labels: sample.value for sample in queue.samples(folder, NOW) if sample.family == name}


def test_states_and_ages(tmp_path: Path) -> None:
    for number in range(10):
        mail(tmp_path / "deferred" / "A", f"A{number}", 10 * (number + 1), first=" " * 95)
    mail(tmp_path / "deferred" / "B" / "C", "B1", 5000.5, first=" " * 95)
    mail(tmp_path / "maildrop", "C1", 3)
    (tmp_path / "active").mkdir()
    counts = values(tmp_path, "queue_mails")
    assert {state[0]: count for state, count in counts.items()} == {
        "incoming": 0, "active": 0, "deferred": 11, "hold": 0, "maildrop": 1, "corrupt": 0,
    }  # fmt: skip
    assert values(tmp_path, "queue_age_seconds") == {
        ("deferred", "0.5"): 60, ("deferred", "0.9"): 100, ("deferred", "1"): 5000.5,
        ("maildrop", "0.5"): 3, ("maildrop", "0.9"): 3, ("maildrop", "1"): 3,
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"", b"T", b"T\xff\xff\xff", b"C\x05", b"T\x03abc", b"T\x031 x", b"X" * 600])
def test_what_is_no_queue_file_counts_without_an_age(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "hold").mkdir()
    (tmp_path / "hold" / "A1").write_bytes(content)
    assert values(tmp_path, "queue_mails")["hold",] == 1
    assert values(tmp_path, "queue_age_seconds") == {}


def test_a_mail_that_goes_meanwhile_and_files_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "hold").mkdir()
    (tmp_path / "hold" / "A1").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "hold" / "A2")
    assert queue.arrival(str(tmp_path / "hold" / "gone")) is None
    assert list(queue.samples(tmp_path, NOW))[3] == Sample("queue_mails", 2, ("hold",))


def test_a_large_state_is_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "ASKED", 10)
    asked: list[str] = []
    for number in range(95):
        mail(tmp_path / "deferred", f"A{number}", 60, first=" " * 95)
    real = queue.arrival

    def noted(path: str) -> float | None:
        asked.append(path)
        return real(path)

    monkeypatch.setattr(queue, "arrival", noted)
    assert values(tmp_path, "queue_mails")["deferred",] == 95
    assert len(asked) == 10


@pytest.mark.parametrize(
    ("ages", "expected"),
    [([7.0], (7, 7, 7)), ([1.0, 2.0], (1, 2, 2)), ([*map(float, range(1, 101))], (50, 90, 100))],
)
def test_quantiles(ages: list[float], expected: tuple[float, ...]) -> None:
    assert tuple(queue.quantile(ages, share) for share in (0.5, 0.9, 1.0)) == expected
