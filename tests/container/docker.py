"""The docker command line, and waiting for what it shows."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from imaplib import IMAP4
from pathlib import Path
from typing import TypeVar

from tests import clock

T = TypeVar("T")

LABEL = "mailwright.test=1"
TODAY = (
    os.environ.get("MAILWRIGHT_TEST_IMAGE", "mailwright:latest"),
    os.environ.get("MAILWRIGHT_TEST_CLIENTS", "mailwright-test-clients:latest"),
)
# What the tests run: the images of today, or ones whose clock shows another day.
IMAGE, CLIENTS = (f"{image}-day{clock.DAYS}" if clock.DAYS else image for image in TODAY)
ANOTHER_DAY = Path(__file__).with_name("another_day")


def docker(*args: str, check: bool = True, text: str | None = None) -> str:
    """What ``docker ARGS`` prints on both streams; AssertionError with all of it when it fails."""
    done = subprocess.run(["docker", *args], input=text, capture_output=True, text=True, errors="replace", check=False)
    said = done.stdout + done.stderr
    assert not check or done.returncode == 0, f"docker {' '.join(args)}: exit {done.returncode}\n{said}"
    return said


def build_another_day() -> None:
    """The images whose clock shows another day exist afterwards."""
    for today, image in zip(TODAY, (IMAGE, CLIENTS), strict=True):
        arguments = ("--build-arg", f"IMAGE={today}", "--build-arg", f"SHIFT={clock.SHIFT}")
        docker("build", "--quiet", "--label", LABEL, "--tag", image, *arguments, str(ANOTHER_DAY))


def exit_code(*args: str) -> int:
    """The exit code of ``docker ARGS``."""
    return subprocess.run(["docker", *args], capture_output=True, check=False).returncode


def until(what: str, look: Callable[[], T], seconds: float = 40.0) -> T:
    """The first true value that ``look`` gives; AssertionError names ``what`` when none comes in time."""
    deadline = time.monotonic() + seconds
    last: object = None
    while (looked := time.monotonic()) < deadline:
        try:
            found = look()
        except (OSError, AssertionError, IMAP4.error) as error:
            last = error
        else:
            if found:
                return found
            last = found
        # A look that starts a process would otherwise take a core from what it waits for.
        time.sleep(max(0.03, time.monotonic() - looked))
    raise AssertionError(f"waited {seconds} s for {what}; last seen: {last!r}")


def pause(name: str) -> None:
    """Freezes a container. Docker fails now and then to freeze a busy one ("unable to freeze"): it is asked again."""
    until(f"a frozen {name}", lambda: exit_code("pause", name) == 0)
