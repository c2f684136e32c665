from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mailwright.core.tree import Folder
from mailwright.host import state


def mine(path: Path, mode: int, **more: Any) -> Folder:
    """A folder that belongs to the user who runs the test."""
    return Folder(str(path), f"{os.getuid()}:{os.getgid()}", mode, **more)


def test_a_folder_has_its_mode_and_its_files(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir(mode=0o777)
    (tmp_path / "log" / "kept").write_text("kept")
    state.prepare([mine(tmp_path / "a", 0o751), mine(tmp_path / "log", 0o750, files=("mail.log", "kept"))])
    assert (tmp_path / "a").stat().st_mode & 0o7777 == 0o751
    assert (tmp_path / "log").stat().st_mode & 0o7777 == 0o750
    assert (tmp_path / "log" / "mail.log").stat().st_mode & 0o137 == 0
    assert (tmp_path / "log" / "kept").read_text() == "kept"


def test_a_folder_leads_to_the_image_s_files_and_to_no_former_ones(tmp_path: Path) -> None:
    shipped, cache = tmp_path / "shipped", tmp_path / "cache"
    shipped.mkdir()
    cache.mkdir()
    (shipped / "new").write_text("shipped")
    (cache / "own").write_text("own")
    (cache / "former").symlink_to(shipped / "former")
    state.prepare([mine(cache, 0o750, links_to=str(shipped))])
    assert {path.name: path.read_text() for path in cache.iterdir()} == {"new": "shipped", "own": "own"}


def test_a_file_of_docker_mailserver_is_copied_once_and_stays(tmp_path: Path) -> None:
    redis = mine(tmp_path, 0o750, former=("dump.rdb", "dms-dump.rdb"))
    assert state.prepare([redis]) == []
    (tmp_path / "dms-dump.rdb").write_text("learnt")
    (tmp_path / ".dump.rdb.new").write_text("a copy that was killed")
    assert state.prepare([redis]) == [
        f"{tmp_path}/dump.rdb is a copy of docker-mailserver's dms-dump.rdb, which stays as it is"
    ]
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "dump.rdb": "learnt",
        "dms-dump.rdb": "learnt",
    }
    (tmp_path / "dump.rdb").write_text("learnt more")
    assert state.prepare([redis]) == []
    assert (tmp_path / "dump.rdb").read_text() == "learnt more"


def test_an_owner_is_names_or_numbers() -> None:
    assert state.owner_ids("7:8") == (7, 8)
    assert state.owner_ids("root:0") == (0, 0)


def test_links_to_the_image_lie_in_the_state_and_nothing_of_an_older_image(tmp_path: Path) -> None:
    shipped, folder = tmp_path / "shipped", tmp_path / "state"
    shipped.mkdir()
    folder.mkdir()
    (shipped / "1a.hs").write_text("of the image")
    (shipped / "2b.hsmp.zst").write_text("compressed")
    for name in ("old.hs", "old.hs.unser", "old.hsmp", "old.rrd", "1a.hs.unser", "2b.hsmp"):
        (folder / name).touch()
        os.utime(folder / name, (0, 0))
    (folder / "gone.hs").symlink_to(shipped / "gone.hs")
    (folder / "own.hs").write_text("of the operator's pattern")
    state.settle_links(shipped, folder)
    assert {path.name for path in folder.iterdir()} == {"1a.hs", "1a.hs.unser", "2b.hsmp", "old.rrd", "own.hs"}
    assert (folder / "1a.hs").readlink() == shipped / "1a.hs"
