"""host/lock holds for processes, so its tests are where processes are allowed."""

from __future__ import annotations

import errno
import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

from mailwright.core.problems import ConfigurationError
from mailwright.host import lock

HOLD = """
import os, socket, sys
from pathlib import Path
from mailwright.host import lock
lock.me = lambda: sys.argv[2]
# As at a start: a child takes the lock, and hands it over.
ours, given = socket.socketpair()
if not os.fork():
    socket.send_fds(given, [b"held"], [lock.hold(Path(sys.argv[1])).handle])
    os._exit(0)
said, handles, _, _ = socket.recv_fds(ours, 4, 1)
os.wait()
print(said.decode(), flush=True)
input()
"""


def holder(path: Path, name: str) -> subprocess.Popen[str]:
    """A process that holds the lock at ``path`` as the container ``name``, and has it from another."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize(
    ("name", "where", "what"),
    [
        (
            "container 0123456789ab (mail.a.test)",
            "volumes",
            "/var/mail-state is in use by another mail server: 'container 0123456789ab (mail.a.test), since ",
        ),
        (lock.me(), "container", "a mail server runs in it already"),
    ],
)
def test_the_other_container_is_named_until_it_is_killed(tmp_path: Path, name: str, where: str, what: str) -> None:
    path = tmp_path / "state/lock"
    other = holder(path, name)
    try:
        with pytest.raises(ConfigurationError) as refused:
            lock.hold(path, patience=0)
    finally:
        other.kill()
        other.communicate()
    (problem,) = refused.value.problems
    assert problem.where == where
    assert problem.what.startswith(what)
    holder(path, "the next").communicate("\n")  # a killed one leaves no lock
    assert path.read_text().startswith("the next, since ")


def test_a_file_system_without_locks_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    problem = lock.hold(tmp_path / "lock").warning
    assert problem
    assert problem.warning
    assert problem.what == "cannot be locked (no locks available)"


def test_a_container_is_named_by_its_id_and_host_name(tmp_path: Path) -> None:
    file = tmp_path / "mountinfo"
    folder = f"/var/lib/docker/containers/{'0123456789abcdef' * 4}"
    row = f"493 436 254:0 {folder}/hostname /etc/hostname rw - ext4 x rw"
    file.write_text(f"9 1 0:1 / / rw - overlay overlay rw\n{row}\n")
    assert lock.me(str(file)).startswith("container 0123456789ab (")
    file.write_text("")
    assert lock.me(str(file)).startswith("container without an id (")
