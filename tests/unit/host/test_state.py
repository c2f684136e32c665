from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mailwright.core import paths
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


def test_folders_belong_to_whom_the_settings_say() -> None:
    found = {it.path: it.owner for it in state.directories(Settings(dms_vmail_uid=7, dms_vmail_gid=8))}
    assert found["/var/mail"] == "7:8"
    assert found["/var/mail-state/spool-postfix/maildrop"] == "postfix:postdrop"
    assert state.owner_ids("7:8") == (7, 8)
