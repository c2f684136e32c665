"""The one way to run another program: no shell, a time limit, its output as text."""

from __future__ import annotations

import os
import select
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LIMIT = 60.0  # seconds
MOST = 16 << 20  # bytes that a program of another user may write
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

    It and what it started are killed after ``limit`` seconds, or when it has written more than MOST bytes: a stranger
    may have taken it over.
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
            bufsize=0,
        )
    except (OSError, KeyError, ValueError) as error:
        return Done(NOT_FOUND, "", f"{command[0]} cannot run as {user}: {error}")
    ends = time.monotonic() + limit
    with running:
        try:
            output, errors = _exchange(running, given.encode(), ends)
            running.wait(max(0.1, ends - time.monotonic()))
        except (subprocess.TimeoutExpired, OverflowError) as error:
            os.killpg(running.pid, signal.SIGKILL)
            late = f"did not end within {limit:.0f} s"
            what = late if isinstance(error, subprocess.TimeoutExpired) else f"wrote more than {MOST >> 20} MiB"
            return Done(TIMED_OUT, "", f"{command[-1]} {what}")
    return Done(running.returncode, output, errors)


def _exchange(running: subprocess.Popen[bytes], given: bytes, ends: float) -> tuple[str, str]:
    """What it writes to stdout and stderr while it reads ``given``.

    TimeoutExpired at ``ends``; OverflowError after more than MOST bytes.
    """
    written = {running.stdout: bytearray(), running.stderr: bytearray()}
    rest = memoryview(given)
    with selectors.DefaultSelector() as selector:
        selector.register(running.stdin, selectors.EVENT_WRITE)  # type: ignore[arg-type]
        for pipe in written:
            selector.register(pipe, selectors.EVENT_READ)  # type: ignore[arg-type]
        while selector.get_map():
            left = ends - time.monotonic()
            if left <= 0:
                raise subprocess.TimeoutExpired(running.args, 0)
            for key, _ in selector.select(left):
                if key.fileobj is running.stdin:
                    rest = _given(key.fd, rest)
                    more = len(rest)
                else:
                    part = os.read(key.fd, 1 << 16)
                    written[key.fileobj] += part  # type: ignore[index]
                    more = len(part)
                if not more:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]
            if sum(map(len, written.values())) > MOST:
                raise OverflowError
    output, errors = (text.decode("utf-8", "replace") for text in written.values())
    return output, errors


def _given(pipe: int, rest: memoryview) -> memoryview:
    """What is left of ``rest`` after a write that does not wait; nothing if nobody reads it."""
    try:
        return rest[os.write(pipe, rest[: select.PIPE_BUF]) :]
    except BrokenPipeError:
        return rest[:0]


def run_visibly(command: Sequence[str], folder: Path = Path("/"), environ: Mapping[str, str] | None = None) -> int:
    """The exit code of ``command``, started in ``folder``; its output goes where ours goes, and it has no time limit.

    ``environ`` is added to our environment. OSError when it can't be started.
    """
    whole = {**os.environ, **(environ or {})}
    done = subprocess.run(list(command), cwd=folder, env=whole, stdin=subprocess.DEVNULL, check=False)  # noqa: S603
    return done.returncode


def run_beside(command: Sequence[str]) -> None:
    """``command`` runs, its output goes where ours goes, and nobody waits for it, even when this process ends."""
    with suppress(OSError):
        running = subprocess.Popen(list(command), cwd="/", stdin=subprocess.DEVNULL)  # noqa: S603
        running.returncode = 0  # Python would warn that nobody has waited


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
