"""A volume is full without space, or without inodes."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from mailwright.observe.full_volumes import full_volumes


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((1000, 2000, 1000, 2000), []),
        ((255, 2000, 1000, 2000), ["{} is full"]),
        ((1000, 2000, 15, 2000), ["{} has no inode left"]),
        ((1000, 2000, 0, 0), []),  # btrfs counts no inodes
        ((0, 0, 0, 0), []),  # some network file systems say nothing
    ],
)
def test_what_is_full(
    figures: tuple[int, int, int, int], said: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, blocks, inodes, files = figures
    status = SimpleNamespace(f_bavail=free, f_frsize=4096, f_blocks=blocks, f_favail=inodes, f_files=files)
    monkeypatch.setattr(os, "statvfs", lambda _: status)
    (tmp_path / "same").mkdir()
    volumes = [str(tmp_path), str(tmp_path / "same"), str(tmp_path / "missing")]
    assert list(full_volumes(volumes)) == [text.format(tmp_path) for text in said]
