"""The docker command line, and waiting for what it shows."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from imaplib import IMAP4
from typing import TypeVar

T = TypeVar("T")

LABEL = "mailwright.test=1"
IMAGE = os.environ.get("MAILWRIGHT_TEST_IMAGE", "mailwright:latest")
CLIENTS = "mailwright-test-clients:latest"


def docker(*args: str, check: bool = True, text: str | None = None) -> str:
    """What ``docker ARGS`` prints on both streams; AssertionError with all of it when it fails."""
    done = subprocess.run(["docker", *args], input=text, capture_output=True, text=True, errors="replace", check=False)
    said = done.stdout + done.stderr
    assert not check or done.returncode == 0, f"docker {' '.join(args)}: exit {done.returncode}\n{said}"
    return said


def exit_code(*args: str) -> int:
    """The exit code of ``docker ARGS``."""
    return subprocess.run(["docker", *args], capture_output=True, check=False).returncode


def until(what: str, look: Callable[[], T], seconds: float = 20.0) -> T:
    """The first true value that ``look`` gives; AssertionError names ``what`` when none comes in time."""
    deadline = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < deadline:
        try:
            found = look()
        except (OSError, AssertionError, IMAP4.error) as error:
            last = error
        else:
            if found:
                return found
            last = found
        time.sleep(0.03)
    raise AssertionError(f"waited {seconds} s for {what}; last seen: {last!r}")
