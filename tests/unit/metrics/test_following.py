"""Each line is read once: across rotations, truncations and looks that end early."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailwright.host import rotation
from mailwright.metrics import following
from mailwright.metrics.following import Follower, Position


def lines(*numbers: int) -> str:
    """A line for each second since the epoch."""
    return "".join(f"{datetime.fromtimestamp(number, UTC).isoformat()} mail x: {number}\n" for number in numbers)


def look(log: Path, position: Position | None = None, since: float = 0) -> tuple[list[int], Position | None, int]:
    """The numbers in the new lines, where the next look goes on, and the bytes that are left."""
    follower = Follower(log, position, since)
    numbers = [int(line.rpartition(" ")[2]) for line in follower.lines() if line]
    return numbers, follower.position, follower.unread


@pytest.fixture
def log(tmp_path: Path) -> Path:
    log = tmp_path / "mail.log"
    log.write_text(lines(10, 20, 30))
    return log


def add(log: Path, *numbers: int) -> None:
    with log.open("a") as file:
        file.write(lines(*numbers))


def test_only_new_and_whole_lines(log: Path) -> None:
    numbers, position, _ = look(log)
    assert numbers == [10, 20, 30]
    assert look(log, position)[0] == []
    add(log, 40)
    with log.open("a") as file:
        file.write(lines(50)[:-4])
    numbers, position, left = look(log, position)
    assert (numbers, left) == ([40], len(lines(50)) - 4)
    with log.open("a") as file:
        file.write(lines(50)[-4:])
    assert look(log, position)[0] == [50]


@pytest.mark.parametrize(("since", "first"), [(0, 10), (10, 10), (10.5, 20), (20, 20), (30, 30), (30.1, None)])
def test_the_first_look_begins_at_a_time(log: Path, since: float, first: int | None) -> None:
    numbers, _, _ = look(log, since=since)
    assert numbers[:1] == ([] if first is None else [first])


def test_the_first_look_in_a_large_log(log: Path) -> None:
    """Lines of other forms among them."""
    times = range(100, 40_000)
    log.write_text("garbage\n" + "".join("no time\n" * (number % 7 == 0) + lines(number) for number in times))
    for since in (100, 101, 107, 20_000.5, 39_999):
        follower = Follower(log, None, since)
        first = next(line for line in follower.lines() if line.startswith("19"))
        assert int(first.rpartition(" ")[2]) == -int(-since // 1)


def test_a_rotation(log: Path) -> None:
    """The writer goes on in the old file until it opens the new one; no line is lost, and none read twice."""
    _, position, _ = look(log)
    writer = log.open("a")
    rotation.swap(log, reopen=lambda: None)
    writer.write(lines(40))
    writer.flush()
    numbers, position, _ = look(log, position)
    assert numbers == [40]
    writer.write(lines(50))
    writer.close()
    add(log, 60)
    numbers, position, _ = look(log, position)
    assert numbers == [50, 60]
    assert look(log, position)[0] == []


def test_a_rotated_log_whose_last_line_has_no_end(log: Path) -> None:
    """As after a crash of its writer: the new log must not wait for it."""
    _, position, _ = look(log)
    with log.open("a") as file:
        file.write(lines(40)[:-4])
    rotation.swap(log, reopen=lambda: None)
    numbers, position, _ = look(log, position)
    assert numbers == []
    add(log, 50)
    numbers, position, left = look(log, position)
    assert (numbers, left) == ([50], 0)


def test_a_rotation_before_the_first_look(log: Path) -> None:
    rotation.swap(log, reopen=lambda: None)
    add(log, 40)
    assert look(log)[0] == [40]


def test_two_rotations_between_two_looks_lose_the_older_part(log: Path) -> None:
    _, position, _ = look(log)
    add(log, 40)
    rotation.swap(log, reopen=lambda: None)
    add(log, 50)
    rotation.swap(log, reopen=lambda: None)
    add(log, 60)
    assert look(log, position)[0] == [60]


def test_a_truncation(log: Path) -> None:
    _, position, _ = look(log)
    os.truncate(log, 0)
    assert look(log, position)[0] == []
    add(log, 40)
    assert look(log, position)[0] == [40]


def test_a_truncation_after_which_the_log_grew_beyond_the_old_end(log: Path) -> None:
    _, position, _ = look(log)
    log.write_text(lines(40, 50, 60, 70, 80))
    assert look(log, position)[0] == [40, 50, 60, 70, 80]


def test_another_file_that_got_the_same_inode(log: Path) -> None:
    _, position, _ = look(log)
    assert position
    log.unlink()
    log.write_text(lines(41, 51, 61, 71))
    position.inode = log.stat().st_ino
    assert look(log, position)[0] == [41, 51, 61, 71]


def test_a_look_is_bounded_and_the_next_one_goes_on(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST", 2 * len(lines(10)))
    add(log, *range(40, 140, 10))
    seen, position, left = look(log)
    rounds = 1
    while left:
        numbers, position, left = look(log, position)
        seen += numbers
        rounds += 1
    assert seen == list(range(10, 140, 10))
    assert rounds == 7


def test_a_bounded_look_across_a_rotation(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST", 2 * len(lines(10)))
    _, position, _ = look(log)
    rotation.swap(log, reopen=lambda: None)
    add(log, 40, 50, 60)
    numbers, position, left = look(log, position)
    assert numbers == [30, 40]
    assert left
    assert look(log, position)[0] == [50, 60]


def test_a_line_without_an_end_does_not_stop_it(log: Path) -> None:
    with log.open("a") as file:
        file.write("x" * 300_000 + "\n")
    add(log, 40)
    follower = Follower(log, None, 0)
    assert list(follower.lines())[-1].endswith(" 40")


@pytest.mark.parametrize("kind", ["missing", "fifo", "link"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    """mail.log may be a link to the container's output; reading a FIFO would wait for ever."""
    log = tmp_path / "mail.log"
    if kind == "fifo":
        os.mkfifo(log)
    elif kind == "link":
        log.symlink_to("/dev/tty")
    assert look(log) == ([], None, 0)
