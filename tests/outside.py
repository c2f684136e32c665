"""``mailwright`` on this machine, which has none of the daemons."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

COMMAND = (sys.executable, "-m", "mailwright")
# Every other variable of who runs the tests may be a setting, or colours what is printed.
KEPT = ("PATH", "PYTHONPATH", "VIRTUAL_ENV")


def environment(**variables: str) -> dict[str, str]:
    """The same variables on every machine, and ``variables``."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | variables


def outside(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """``mailwright ARGUMENTS`` in the folder ``cwd``, with ``variables``."""
    env = environment(**variables)
    return subprocess.run([*COMMAND, *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=env)
