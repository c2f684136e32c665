from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mailwright.host.stamps import changed, stamp


def replaced(folder: Path) -> None:
    (folder / "new").write_text("x")
    (folder / "new").rename(folder / "file")


def same_size_and_time(folder: Path) -> None:
    before = (folder / "file").stat()
    (folder / "file").write_text("y")
    os.utime(folder / "file", ns=(before.st_atime_ns, before.st_mtime_ns))


def switched(folder: Path) -> None:
    (folder / "link").unlink()
    (folder / "link").symlink_to("other")


CHANGES: list[Callable[[Path], object]] = [
    replaced,
    same_size_and_time,
    switched,
    lambda folder: (folder / "file").unlink(),
    lambda folder: (folder / "file").chmod(0o600),
    lambda folder: (folder / "sub" / "deep").write_text("z"),
    lambda folder: (folder / "added").write_text(""),
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_shows(tmp_path: Path, change: Callable[[Path], object]) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "other").write_text("x")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "deep").write_text("x")
    before = stamp(str(tmp_path), [])
    assert stamp(str(tmp_path), []) == before
    change(tmp_path)
    assert stamp(str(tmp_path), []) != before


def test_files_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    assert stamp("/nowhere", [str(secret)]) == {}
    secret.write_text("x")
    assert list(stamp("/nowhere", [str(secret)])) == [str(secret)]


def test_hidden_names_and_circles(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / "circle").symlink_to(".")
    assert not any(".hidden" in path for path in stamp(str(tmp_path), []))


def test_which_files_changed(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "same").write_text("x")
    (tmp_path / "gone").write_text("x")
    before = stamp(str(tmp_path), [])
    assert changed(before, {path: list(note) for path, note in before.items()}) == []
    (tmp_path / "sub" / "new").write_text("x")
    (tmp_path / "gone").unlink()
    after = stamp(str(tmp_path), [])
    assert sorted(changed(before, after)) == [str(tmp_path / "gone"), str(tmp_path / "sub" / "new")]  # not sub itself
    (tmp_path / "empty").mkdir()
    assert changed(after, stamp(str(tmp_path), [])) == [str(tmp_path / "empty")]
