"""The one way to run another program: no shell, a time limit, its output as text."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 60.0  # seconds
NOT_FOUND, TIMED_OUT = 127, 124  # exit codes as a shell and timeout(1) give them


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended: its exit code, and what it wrote to stdout and stderr."""

    code: int
    output: str = ""
    errors: str = ""

    def __bool__(self) -> bool:
        """Whether it succeeded."""
        return self.code == 0

    @property
    def reason(self) -> str:
        """What it said, on one line; its exit code if it said nothing."""
        return " ".join(f"{self.output} {self.errors}".split()) or f"exit code {self.code}"


def run(
    command: Sequence[str], *, limit: float = LIMIT, environ: Mapping[str, str] | None = None, given: str = ""
) -> Done:
    """How ``command`` ended, which reads ``given``. It is killed after ``limit`` seconds.

    ``environ`` is added to our environment.

    A program that is missing, can't be started or takes too long gives an exit code and its reason, no exception.
    """
    try:
        done = subprocess.run(  # noqa: S603
            list(command),
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, **environ} if environ else None,
            timeout=limit,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Done(TIMED_OUT, "", f"{command[0]} did not end within {limit:.0f} s")
    except OSError as error:
        return Done(NOT_FOUND, "", f"{command[0]}: {(error.strerror or 'error').lower()}")
    return Done(done.returncode, done.stdout, done.stderr)


def run_as(user: str, command: Sequence[str], given: str, limit: float) -> Done:
    """How ``command`` ended, run by ``user`` with no other group and nearly no environment. It reads ``given``.

    It and what it started are killed after ``limit`` seconds.
    """
    environ = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    try:
        running = subprocess.Popen(  # noqa: S603
            list(command),
            cwd="/",
            env=environ | {name: os.environ[name] for name in ("TZ",) if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            user=user,
            group=user,
            extra_groups=(),
            start_new_session=True,
            text=True,
            errors="replace",
        )
    except (OSError, KeyError, ValueError) as error:
        return Done(NOT_FOUND, "", f"{command[0]} cannot run as {user}: {error}")
    with running:
        try:
            output, errors = running.communicate(given, timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            return Done(TIMED_OUT, "", f"{command[-1]} did not end within {limit:.0f} s")
    return Done(running.returncode, output, errors)


def run_visibly(command: Sequence[str], folder: Path = Path("/"), environ: Mapping[str, str] | None = None) -> int:
    """The exit code of ``command``, started in ``folder``; its output goes where ours goes, and it has no time limit.

    ``environ`` is added to our environment. OSError when it can't be started.
    """
    whole = {**os.environ, **(environ or {})}
    done = subprocess.run(list(command), cwd=folder, env=whole, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
    return done.returncode


def run_telling(command: Sequence[str], tell: Callable[[str], None]) -> int:
    """The exit code of ``command``; ``tell`` gets each line that it writes, as soon as it comes. It has no time limit.

    OSError when it can't be started.
    """
    with subprocess.Popen(  # noqa: S603
        list(command),
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as running:
        for line in running.stdout or ():
            tell(line.removesuffix("\n"))
    return running.returncode


def run_with_input(command: Sequence[str], given: bytes) -> int:
    """The exit code of ``command``, which reads ``given``; its output goes where ours goes, and it has no time limit.

    OSError when it can't be started.
    """
    return subprocess.run(list(command), input=given, check=False).returncode  # noqa: S603
