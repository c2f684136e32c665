from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mailwright.host import read
from mailwright.model.sources import Content, Unreadable


def link(path: Path) -> None:
    path.symlink_to("/nonexistent")


@pytest.mark.parametrize(
    ("make", "content"),
    [
        (lambda path: path.write_bytes(b"x"), b"x"),
        (str, Unreadable("is not there")),
        (link, Unreadable("leads to nothing")),
        (Path.mkdir, Unreadable("is a folder, not a file")),
        (os.mkfifo, Unreadable("is not a regular file")),
        (lambda path: path.symlink_to("/dev/zero"), Unreadable("is not a regular file")),
    ],
)
def test_read_file(tmp_path: Path, make: Callable[[Path], object], content: Content) -> None:
    make(tmp_path / "file")
    assert read.read_file(tmp_path / "file") == content


def test_read_folder(tmp_path: Path) -> None:
    (tmp_path / "postfix-accounts.cf").write_text("x")
    (tmp_path / ".hidden").write_text("x")
    (tmp_path / "ssl").mkdir()
    (tmp_path / "dovecot.cf").mkdir()
    assert read.read_folder(tmp_path) == {
        "dovecot.cf": Unreadable("is a folder, not a file"),
        "postfix-accounts.cf": b"x",
        "ssl": b"",
    }
    assert read.read_folder(tmp_path / "nothing") == {}


def test_an_operators_template_wins(tmp_path: Path) -> None:
    (tmp_path / "postfix").mkdir()
    (tmp_path / "postfix" / "main.cf.j2").write_text("mine")
    found = read.read_templates(tmp_path)
    assert (found["postfix/main.cf.j2"].text, found["postfix/main.cf.j2"].name) == (
        "mine",
        "templates/postfix/main.cf.j2",
    )
    assert "smtp" in found["postfix/master.cf.j2"].text
