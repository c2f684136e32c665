from __future__ import annotations

from pathlib import Path

from mailwright.programs.boot import empty


def test_what_is_mounted_is_never_deleted(tmp_path: Path) -> None:
    """A folder of the host behind /etc/rspamd/override.d lost its files once."""
    run = tmp_path / "run"
    kept = [run / "etc/rspamd/override.d/mine.conf", run / "etc/dovecot/conf.d/one.conf"]
    gone = [run / "etc/rspamd/local.d/x.conf", run / "etc/dovecot/conf.d/two.conf", run / "state.json"]
    for path in kept + gone:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text")
    (run / "stdout").symlink_to("/proc/1/fd/1")
    empty(run, [run / "etc/rspamd/override.d", run / "etc/dovecot/conf.d/one.conf"])
    assert [path.exists() for path in kept] == [True, True]
    assert not any(path.exists() for path in gone)
    assert not (run / "stdout").is_symlink()


def test_without_mounts_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "run/etc").mkdir(parents=True)
    empty(tmp_path / "run", [])
    assert not (tmp_path / "run").exists()
    empty(tmp_path / "run", [])
