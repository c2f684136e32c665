from __future__ import annotations

import stat
from pathlib import Path

import pytest

from mailwright.programs.boot import close, empty


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


@pytest.mark.parametrize(("found", "left"), [(0o777, 0o755), (0o1777, 0o1777), (0o755, 0o755), (0o770, 0o770)], ids=oct)
def test_nobody_can_replace_what_another_user_has_made(tmp_path: Path, found: int, left: int) -> None:
    """Kubernetes' folders in memory have 0777."""
    tmp_path.chmod(found)
    close({tmp_path: 0o755})
    assert stat.S_IMODE(tmp_path.stat().st_mode) == left
