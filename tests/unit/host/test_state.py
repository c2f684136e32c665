from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from mailwright.core import paths
from mailwright.core.tree import Folder
from mailwright.formats import certificates
from mailwright.formats.certificates import Certificate
from mailwright.host import state
from mailwright.settings import Settings
from tests.unit.operator import NOW, own_certificate, sources

HOST = "mail.example.com"


def test_our_own_certificate_serves() -> None:
    chain, key = state.self_signed(HOST, NOW)
    found = certificates.certificate(chain, key, "cert.pem", "key.pem")
    assert isinstance(found, Certificate)
    assert certificates.doubts(found, HOST, NOW) == []


def test_it_is_made_once_and_again_when_it_does_not_serve(tmp_path: Path) -> None:
    folder = tmp_path / "tls"

    def settled(hostname: str = HOST, days: int = 0) -> str:
        state.settle_self_signed(hostname, folder, NOW + timedelta(days=days))
        return (folder / "cert.pem").read_text() + (folder / "key.pem").read_text()

    first = settled()
    assert settled(days=3000) == first
    assert (folder / "key.pem").stat().st_mode & 0o777 == 0o600
    assert settled(days=4000) != first
    assert settled("other.example.com") != first
    (folder / "key.pem").write_text("damaged")
    assert "damaged" not in settled()


def test_a_certificate_in_memory_where_the_state_has_none() -> None:
    there = sources()
    assert state.with_some_certificate(there, Settings(), HOST) is there
    bare = sources()
    object.__setattr__(bare, "files", {})
    assert set(state.with_some_certificate(bare, Settings(), HOST).files) == set(own_certificate())


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "lib-postsrsd" / "secret"
    state.settle_srs_secret(path)
    first = path.read_text()
    assert len(first.strip()) == 48
    assert path.stat().st_mode & 0o777 == 0o600
    state.settle_srs_secret(path)
    assert path.read_text() == first
    path.write_text("\n")
    state.settle_srs_secret(path)
    assert len(path.read_text().strip()) == 48


def test_the_secret_of_docker_mailserver_is_kept(tmp_path: Path) -> None:
    path, former = tmp_path / "lib-postsrsd" / "secret", [tmp_path / "none", tmp_path / "postsrsd.secret"]
    former[1].write_text("c2VjcmV0")
    state.settle_srs_secret(path, former)
    assert path.read_text() == "c2VjcmV0"
    former[1].write_text("another")
    state.settle_srs_secret(path, former)
    assert path.read_text() == "c2VjcmV0"


def test_a_secret_in_memory_where_the_state_has_none() -> None:
    there, wanted = sources(), Settings(enable_srs=True)
    assert state.with_some_srs_secret(there, wanted) is there
    bare = replace(there, files={})
    assert list(state.with_some_srs_secret(bare, wanted).files) == [paths.SRS_SECRET]
    assert state.with_some_srs_secret(bare, Settings(enable_srs=True, srs_secret="said")) is bare
    assert state.with_some_srs_secret(bare, Settings()) is bare


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


def test_an_owner_is_names_or_numbers() -> None:
    assert state.owner_ids("7:8") == (7, 8)
    assert state.owner_ids("root:0") == (0, 0)
