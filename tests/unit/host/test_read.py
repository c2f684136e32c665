from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

import pytest

from mailwright.core.problems import ConfigurationError
from mailwright.host import read
from mailwright.model.building import build
from mailwright.model.sources import Content, Unreadable
from tests.pki import pair


def link(path: Path) -> None:
    path.symlink_to("/nonexistent")


@pytest.mark.parametrize(
    ("make", "content"),
    [
        (lambda path: path.write_bytes(b"x"), b"x"),
        (str, Unreadable("does not exist")),
        (link, Unreadable("is a link to nothing")),
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


class Opened:
    """The files that were opened, while ``folder`` is set, below it."""

    folder = ""
    paths: ClassVar[list[str]] = []


def _note(event: str, args: tuple[object, ...]) -> None:
    if event == "open" and Opened.folder and str(args[0]).startswith(Opened.folder):
        Opened.paths.append(str(args[0]))


sys.addaudithook(_note)


def test_each_file_is_read_once_a_pass(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.joinpath("ssl").mkdir(parents=True)
    for name in ("postfix-accounts.cf", "postfix-main.cf", "dovecot.cf", "before.dovecot.sieve", "secret"):
        config.joinpath(name).write_text("")
    config.joinpath("mailserver.env").write_text(
        f"OVERRIDE_HOSTNAME=mail.example.com\nSSL_TYPE=custom\nTZ__FILE={config}/secret\n"
    )
    config.joinpath("ssl/mail.example.com-full.pem").write_text("".join(pair("mail.example.com")))
    Opened.folder, Opened.paths[:] = str(tmp_path), []
    try:
        reading = read.read(read.Places(config), {})
        with suppress(ConfigurationError):
            build(reading)
    finally:
        Opened.folder = ""
    secret = str(config / "secret")
    files = [str(path) for path in config.rglob("*") if path.is_file()]
    # A secret inside the config folder is one of its files, and what NAME__FILE names.
    assert sorted(Opened.paths) == sorted([*files, secret])
    assert set(files) <= reading.stamps.keys()
