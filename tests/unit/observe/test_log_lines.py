from __future__ import annotations

import gzip
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailwright.formats.mail_log import events
from mailwright.observe import log_lines
from mailwright.reports.counting import Recent, Top
from mailwright.reports.summary import Summary

START = 1_800_000_000


def line(second: float, text: str = "x") -> str:
    when = datetime.fromtimestamp(START + second, UTC).isoformat(timespec="microseconds")
    return f"{when} mail.example.test postfix/qmgr[1]: {text}\n"


def write(folder: Path, name: str, seconds: range) -> None:
    content = "".join(line(second, f"{second}") for second in seconds).encode()
    (folder / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


@pytest.mark.parametrize(("since", "until"), [(0, 400), (50, 350), (250, 251), (150, 300), (390, 900), (900, 950)])
def test_rotated_files_are_read_where_the_time_reaches_into_them(tmp_path: Path, since: int, until: int) -> None:
    names = ("mail.log.3.gz", "mail.log.2.gz", "mail.log.1", "mail.log")
    for index, name in enumerate(names):
        write(tmp_path, name, range(index * 100, index * 100 + 100))
    read = log_lines.lines(START + since, START + until, tmp_path / "mail.log")
    assert [int(text.rsplit(" ", 1)[1]) for text in read] == list(range(since, min(until, 400)))


def test_a_part_that_is_not_asked_for_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "mail.log.2.gz", range(150, 160))  # from a time when the clock was wrong
    write(tmp_path, "mail.log.1", range(100))
    write(tmp_path, "mail.log", range(100, 200))
    assert len(list(log_lines.lines(START + 50, START + 900, tmp_path / "mail.log"))) == 150
    assert len(list(log_lines.lines(log=tmp_path / "mail.log"))) == 210


def test_what_is_left_of_a_part_that_is_cut_off(tmp_path: Path) -> None:
    write(tmp_path, "mail.log.2.gz", range(5000))
    whole = tmp_path / "mail.log.2.gz"
    whole.write_bytes(whole.read_bytes()[:-2000])
    (tmp_path / "mail.log.3.gz").write_bytes(b"\x1f\x8b broken")
    write(tmp_path, "mail.log", range(5000, 5100))
    found = len(list(log_lines.lines(log=tmp_path / "mail.log")))
    assert 100 < found < 5100


def test_lines_of_both_sides_of_a_change_of_the_clock(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_text("".join(f"2026-10-25T02:30:00.0{zone} h p: {zone}\n" for zone in ("+02:00", "+01:00")))
    since = datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp()
    assert list(log_lines.lines(since, since + 3600, log)) == ["2026-10-25T02:30:00.0+01:00 h p: +01:00\n"]


def test_lines_of_no_form_and_too_long_ones(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(b"\xff\n\nNov 27 14:11:56 x\n" + line(1).encode() + b"x" * 300_000 + b"\n" + line(2, "y").encode())
    assert [text[-2] for text in log_lines.lines(START, START + 9, log)] == ["x", "y"]


def test_without_a_log(tmp_path: Path) -> None:
    assert list(log_lines.lines(0, START, tmp_path / "none" / "mail.log")) == []


def peak(folder: Path, mails: int) -> int:
    """The most memory that the summary of so many mails takes, with another sender each and few names remembered."""
    log = folder / "mail.log"
    with log.open("w") as file:
        for number in range(mails):
            name = f"{number:X}AAAA"
            file.write(line(number, f"{name}: client=x[192.0.2.1]").replace("qmgr", "smtpd"))
            file.write(line(number, f"{name}: from=<{number}@{number}.test>, size=9, nrcpt=1 (queue active)"))
    tracemalloc.start()
    summary = Summary(senders=Top(500), domains_from=Top(500), arriving=Recent(500))
    for event in events(log_lines.lines(START, 2 * START, log)):
        summary.add(event)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert summary.received["received"] == mails
    return most


def test_memory_does_not_grow_with_the_log(tmp_path: Path) -> None:
    few, many = peak(tmp_path, 1_000), peak(tmp_path, 10_000)
    assert many < 1.3 * few
