from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from mailwright.host import failures


def failing(text: str) -> int:
    """Raises an error that quotes ``text``, in a file of the tests."""
    raise ValueError(text)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the traceback goes: the first place does not exist, as a state that is not there."""
    file = tmp_path / "error.txt"
    monkeypatch.setattr(failures, "TRACEBACKS", (str(tmp_path / "nowhere/error.txt"), str(file)))
    return file


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            OSError(errno.EROFS, "Read-only file system", "/proc/6/fd/1", None, "/run/mailwright/stdout"),
            "volumes: /run is read-only (hint: add /run to tmpfs in compose.yaml)",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/var/mail"),
            "volumes: /var/mail is read-only (hint: remove :ro from its mount)",
        ),
        (
            OSError(errno.EROFS, "Read-only file system", "/tmp/docker-mailserver/x.cf"),
            "volumes: /tmp/docker-mailserver is read-only (hint: remove :ro from its mount)",
        ),
        (
            PermissionError(errno.EPERM, "Operation not permitted", "/var/mail"),
            "volumes: /var/mail: operation not permitted (hint: root in the container must be able to write there and "
            "to set owners; on NFS set no_root_squash)",
        ),
        (
            OSError(errno.EDQUOT, "Disk quota exceeded", "/var/mail-state/tls/key.pem"),
            "volumes: /var/mail-state is full (hint: free some space)",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "volumes: a volume is full (hint: free some space)"),
    ],
)
def test_what_a_volume_lacks(error: OSError, text: str) -> None:
    assert str(failures.problem(error)) == text


def test_a_mistake_of_ours_is_one_line_and_its_traceback_a_file(kept: Path) -> None:
    lines: list[str] = []
    kept.write_text("a longer text than the one that follows it" * 100)
    assert failures.guarded(lambda: failing("a secret"), lines.append) == 1
    (line,) = lines
    assert line.startswith("mailwright: stopped by a mistake of its own, ValueError in host/failures.py:")
    assert line.endswith(f"(hint: report it at {failures.ISSUES} with the file {kept})")
    assert "secret" not in line
    assert kept.read_text().startswith("Traceback")
    assert kept.read_text().endswith("ValueError: a secret\n")


def test_the_traceback_of_a_new_file_is_for_root_only(kept: Path) -> None:
    failures.guarded(lambda: failing("x"), print)
    assert kept.stat().st_mode & 0o777 == 0o600


def test_the_traceback_follows_no_link(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("other")
    kept.symlink_to(tmp_path / "other")
    lines: list[str] = []
    failures.guarded(lambda: failing("x"), lines.append)
    assert lines[0].endswith(f"(hint: report it at {failures.ISSUES})")
    assert (tmp_path / "other").read_text() == "other"


def test_what_ends_well_and_what_is_stopped() -> None:
    assert failures.guarded(lambda: 3, print) == 3
    with pytest.raises(SystemExit):
        failures.guarded(lambda: sys.exit(4), print)
