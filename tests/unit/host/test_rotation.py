from __future__ import annotations

import contextlib
import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailwright.host import rotation

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z


def lines(first: int, count: int = 100) -> str:
    return "".join(f"2026-12-01T00:00:00.000000+00:00 host test: {number}\n" for number in range(first, first + count))


def text(path: Path) -> str:
    return (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).decode()


def everything(log: Path) -> list[str]:
    return "".join(text(part) for part in rotation.parts(log)).splitlines()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def nothing() -> None:
    pass


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_text(lines(0))
    path.chmod(0o640)
    return path


def test_the_newest_part_is_readable_and_older_ones_are_compressed(log: Path) -> None:
    for turn in range(1, 7):
        rotation.swap(log, nothing)
        rotation.prune(log, 4)
        log.write_text(lines(turn * 100))
    assert names(log.parent) == ["mail.log", "mail.log.1", "mail.log.2.gz", "mail.log.3.gz", "mail.log.4.gz"]
    assert everything(log) == lines(200, 500).splitlines()
    assert all(part.stat().st_mode & 0o777 == 0o640 for part in rotation.parts(log))


def test_the_writer_may_write_to_the_old_file_until_it_reopens(log: Path) -> None:
    with log.open("a") as writer:

        def write() -> None:
            writer.write(lines(100))
            writer.flush()

        rotation.swap(log, write)
    assert log.read_text() == ""
    assert everything(log) == lines(0, 200).splitlines()


def test_what_is_compressed_keeps_its_time(log: Path) -> None:
    os.utime(log, (NOW, NOW))
    rotation.swap(log, nothing)
    log.write_text(lines(100))
    rotation.swap(log, nothing)
    assert (log.parent / "mail.log.2.gz").stat().st_mtime == NOW


class Killed(BaseException):
    """The process ends here."""


STEPS = ("link", "rename", "unlink", "fsync", "utime", "open", "fchmod")


def interrupted(monkeypatch: pytest.MonkeyPatch, step: int) -> Iterator[int]:
    """Every call that changes files raises, after ``step`` of them were made."""
    calls = 0

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*args: object, **more: object) -> object:
            nonlocal calls
            if calls == step:
                raise Killed
            calls += 1
            return call(*args, **more)

        return wrapped

    for name in STEPS:
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    for name in ("rename", "unlink"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    yield calls


@pytest.mark.parametrize("step", range(30))
def test_a_rotation_that_was_killed_between_two_steps_is_put_right(
    log: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotation.swap(log, nothing)
    log.write_text(lines(100))
    rotation.swap(log, nothing)
    log.write_text(lines(200))
    with monkeypatch.context() as patch:
        next(interrupted(patch, step))
        with contextlib.suppress(Killed):
            rotation.swap(log, nothing)
    # The next line goes where the writer has its file, or to the name.
    reopened: list[str] = []
    rotation.settle(log, lambda: reopened.append("yes"))
    assert everything(log) == lines(0, 300).splitlines()
    if rotation.began(log) is None:
        assert reopened
        log.write_text(lines(300))
    else:
        with log.open("a") as file:
            file.write(lines(300))
    rotation.swap(log, nothing)
    rotation.prune(log, 9)
    assert everything(log) == lines(0, 400).splitlines()
    assert [name for name in names(log.parent) if name.startswith(".")] == []


def test_without_hard_links(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(1, "not permitted")

    monkeypatch.setattr(os, "link", refused)
    rotation.swap(log, nothing)
    assert everything(log) == lines(0).splitlines()
    assert log.stat().st_size == 0


def test_a_full_volume_leaves_the_part_as_it_is(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rotation.swap(log, nothing)
    log.write_text(lines(100))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("mailwright.host.rotation.shutil.copyfileobj", full)
        rotation.swap(log, nothing)
    assert names(log.parent) == ["mail.log", "mail.log.1", "mail.log.2"]
    log.write_text(lines(200))
    rotation.swap(log, nothing)
    assert names(log.parent) == ["mail.log", "mail.log.1", "mail.log.2.gz", "mail.log.3.gz"]
    assert everything(log) == lines(0, 300).splitlines()


def test_a_log_of_another_program_is_emptied_in_place(log: Path) -> None:
    with log.open("a") as writer:
        rotation.copy_and_truncate(log)
        writer.write(lines(100))
    assert everything(log) == lines(0, 200).splitlines()


@pytest.mark.parametrize(
    ("first", "size", "due"),
    [
        ("2027-01-15T00:00:01.000000+00:00 host x: y", 0, False),
        ("2027-01-14T23:59:59.000000+00:00 host x: y", 0, True),
        ("Jan 14 23:59:59 host x: y", 0, True),  # docker-mailserver's former form
        ("", 1, False),
        ("2027-01-15T00:00:01.000000+00:00 host x: y", 30, True),
        ("2027-01-15T00:00:01.000000+00:00 host x: y", 3000, False),
    ],
)
def test_due(log: Path, first: str, size: int, due: bool) -> None:
    log.write_text(f"{first}\n" if first else "")
    assert rotation.is_due(log, "daily", size, NOW) is due
    log.unlink()
    assert not rotation.is_due(log, "daily", size, NOW)


def test_a_link_is_left_alone(log: Path) -> None:
    link = log.with_name("link.log")
    link.symlink_to(log)
    assert rotation.is_due(log, "daily", 1, NOW)
    assert not rotation.is_due(link, "daily", 1, NOW)


def test_files_of_others_are_left_alone(log: Path) -> None:
    for name in ("mail.log.old", "mail.log.1.bak", "mail.logs.2", "mail.log.0"):
        (log.parent / name).write_text("mine")
    rotation.swap(log, nothing)
    rotation.prune(log, 0)
    assert names(log.parent) == ["mail.log", "mail.log.0", "mail.log.1.bak", "mail.log.old", "mail.logs.2"]
