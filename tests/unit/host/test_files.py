from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

import pytest

from mailwright.host import files


def test_whole_with_mode_owner_and_time(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.write(path, "old")
    before = path.stat().st_ino
    files.write(path, "ä\udce9", 0o640, (os.getuid(), os.getgid()), 1000.0)
    status = path.stat()
    assert path.read_bytes() == b"\xc3\xa4\xe9"
    assert (status.st_mode & 0o7777, status.st_mtime) == (0o640, 1000.0)
    assert status.st_ino != before  # replaced, not written over
    assert [it.name for it in tmp_path.iterdir()] == ["file"]


def test_mode_and_owner_are_set_before_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def rename(self: Path, target: Path) -> None:
        seen.append((self.stat().st_mode & 0o777, self.read_text(), target.exists()))

    monkeypatch.setattr(Path, "rename", rename)
    files.write(tmp_path / "secret", "x", 0o600)
    files.write_durably(tmp_path / "other", "y", 0o440)
    assert seen == [(0o600, "x", False), (0o440, "y", False)]


def test_the_operators_file_keeps_link_and_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o604)
    link.symlink_to("real")
    files.rewrite(link, "new")
    assert (real.read_text(), real.stat().st_mode & 0o777, link.is_symlink()) == ("new", 0o604, True)
    files.rewrite(tmp_path / "fresh", "x")
    assert (tmp_path / "fresh").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("code", "written"), [(errno.EBUSY, True), (errno.ENOSPC, False)])
def test_a_file_mounted_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, written: bool) -> None:
    path = tmp_path / "mounted"
    path.write_text("a longer text")
    before = path.stat().st_ino

    def rename(_self: Path, _target: Path) -> None:
        raise OSError(code, "no")

    monkeypatch.setattr(Path, "rename", rename)
    if written:
        files.rewrite(path, "short")
    else:
        with pytest.raises(OSError, match="no"):
            files.rewrite(path, "short")
    assert (path.read_text(), path.stat().st_ino) == ("short" if written else "a longer text", before)
    assert [it.name for it in tmp_path.iterdir()] == ["mounted"]


def test_a_link_in_the_place_of_the_temporary_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("kept")
    (tmp_path / ".name.new").symlink_to(tmp_path / "elsewhere")
    with suppress(OSError):
        files.write(tmp_path / "name", "new")
    assert (tmp_path / "elsewhere").read_text() == "kept"


@pytest.mark.parametrize("way", ["link", "hard link", "pipe", "folder"])
def test_what_another_user_left_under_the_temporary_name(tmp_path: Path, way: str) -> None:
    victim, left = tmp_path / "victim", tmp_path / ".file.new"
    victim.write_text("precious")
    if way == "link":
        left.symlink_to(victim)
    elif way == "hard link":
        left.hardlink_to(victim)
    elif way == "pipe":
        os.mkfifo(left)
    else:
        left.mkdir()
    with suppress(OSError):
        files.write(tmp_path / "file", "x", 0o666)
    assert (tmp_path / "file").exists() == (way != "folder")
    assert (victim.read_text(), victim.stat().st_nlink) == ("precious", 1)


def test_only_its_owner_can_open_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    path.write_text("")
    path.chmod(0o644)
    with files.lock_file(str(path)):
        assert path.stat().st_mode & 0o777 == 0o600
