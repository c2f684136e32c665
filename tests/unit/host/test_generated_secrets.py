from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from mailwright.core import paths
from mailwright.formats import certificates
from mailwright.formats.certificates import Certificate
from mailwright.host import generated_secrets
from mailwright.model.reading import Reading
from tests.unit.operator import NOW, own_certificate, reading, sources

HOST = "mail.example.com"


def test_our_own_certificate_serves() -> None:
    chain, key = generated_secrets.self_signed(HOST, NOW)
    found = certificates.certificate(chain, key, "cert.pem", "key.pem")
    assert isinstance(found, Certificate)
    assert certificates.warnings(found, HOST, NOW) == []


def test_it_is_made_once_and_again_when_it_does_not_serve(tmp_path: Path) -> None:
    folder = tmp_path / "tls"

    def settled(hostname: str = HOST, days: int = 0) -> str:
        generated_secrets.settle_self_signed(hostname, folder, NOW + timedelta(days=days))
        return (folder / "cert.pem").read_text() + (folder / "key.pem").read_text()

    first = settled()
    assert settled(days=3000) == first
    assert (folder / "key.pem").stat().st_mode & 0o777 == 0o600
    assert settled(days=4000) != first
    assert settled("other.example.com") != first
    (folder / "key.pem").write_text("damaged")
    assert "damaged" not in settled()


def test_a_certificate_in_memory_where_the_state_has_none() -> None:
    there = reading()
    assert generated_secrets.with_made_up(there) is there
    bare = Reading.of(replace(sources(), files={}))
    assert generated_secrets.has_throw_away_certificate(bare)
    assert set(generated_secrets.with_made_up(bare).sources.files) == set(own_certificate())


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "lib-postsrsd" / "secret"
    generated_secrets.settle_srs_secret(path)
    first = path.read_text()
    assert len(first.strip()) == 48
    assert path.stat().st_mode & 0o777 == 0o600
    generated_secrets.settle_srs_secret(path)
    assert path.read_text() == first
    path.write_text("\n")
    generated_secrets.settle_srs_secret(path)
    assert len(path.read_text().strip()) == 48


def test_the_secret_of_docker_mailserver_is_kept(tmp_path: Path) -> None:
    path, former = tmp_path / "lib-postsrsd" / "secret", [tmp_path / "none", tmp_path / "postsrsd.secret"]
    former[1].write_text("c2VjcmV0")
    generated_secrets.settle_srs_secret(path, former)
    assert path.read_text() == "c2VjcmV0"
    former[1].write_text("another")
    generated_secrets.settle_srs_secret(path, former)
    assert path.read_text() == "c2VjcmV0"


def test_a_secret_in_memory_where_the_state_has_none() -> None:
    there = reading(ENABLE_SRS="1")
    assert generated_secrets.with_made_up(there) is there
    certificate = own_certificate()

    def bare(**environ: str) -> Reading:
        return Reading.of(replace(sources(**environ), files=certificate))

    assert paths.SRS_SECRET in generated_secrets.with_made_up(bare(ENABLE_SRS="1")).sources.files
    for kept in (bare(ENABLE_SRS="1", SRS_SECRET="said"), bare()):
        assert generated_secrets.with_made_up(kept) is kept
