"""Failures: what stopped a program, in one sentence. No traceback reaches the operator; it goes to a file.

Imports little, since the health check and the watching process use it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable

from mailwright.core import paths
from mailwright.core.problems import Problem

IN_MEMORY = ("/run", "/tmp")  # noqa: S108  the tmpfs of compose.yaml
# The volume of a path is the first that it lies in: the config folder is below /tmp.
VOLUMES = (paths.CONFIG, paths.MAIL, paths.STATE, paths.LOG, *IN_MEMORY)
FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM)
TRACEBACKS = (f"{paths.STATE}/error.txt", "/run/mailwright-error.txt", "/tmp/mailwright-error.txt")  # noqa: S108
ISSUES = "https://github.com/mailwright/mailwright/issues"


def problem(error: Exception) -> Problem:
    """``error`` as the operator reads it: what a volume lacks; for a mistake of ours, what to report."""
    return (volume_problem(error) if isinstance(error, OSError) else None) or _our_mistake(error)


def volume_problem(error: OSError) -> Problem | None:
    """What is wrong with the volume that ``error`` is about; None when it is about something else."""
    path = next((str(name) for name in (error.filename2, error.filename) if _volume(str(name))), "")
    path = path or str(error.filename or "")
    place = _volume(path) or path or "a volume"
    if error.errno == errno.EROFS:
        cure = f"add {place} to tmpfs in compose.yaml" if place in IN_MEMORY else "remove :ro from its mount"
        return Problem("volumes", f"{place} is read-only", cure)
    if error.errno in FULL:
        return Problem("volumes", f"{place} is full", "free some space")
    if error.errno in FORBIDDEN:
        cure = "root in the container must be able to write there and to set owners; on NFS set no_root_squash"
        return Problem("volumes", f"{path or place}: {(error.strerror or 'error').lower()}", cure)
    return None


def _volume(path: str) -> str:
    return next((volume for volume in VOLUMES if f"{path}/".startswith(f"{volume}/")), "")


def _our_mistake(error: Exception) -> Problem:
    kept = keep(error, TRACEBACKS)
    report = f"report it at {ISSUES}" + (f" with the file {kept}" if kept else "")
    return Problem("mailwright", f"stopped by a mistake of its own, {type(error).__name__} in {_place(error)}", report)


def _place(error: Exception) -> str:
    """The file and line of ours where ``error`` was raised. Its text is left out: it may quote a secret."""
    frame = error.__traceback__
    place = "?"
    while frame:
        name = frame.tb_frame.f_code.co_filename
        if "mailwright/" in name:
            place = f"{name.rpartition('mailwright/')[2]}:{frame.tb_lineno}"
        frame = frame.tb_next
    return place


def keep(error: Exception, places: Iterable[str]) -> str:
    """The first of ``places`` that could be written; it has the traceback of ``error``, for root only."""
    import traceback

    text = "".join(traceback.format_exception(error))
    for place in places:
        try:
            handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
        except OSError:
            continue
        return place
    return ""


def guarded(program: Callable[[], int], tell: Callable[[str], object]) -> int:
    """The exit code of ``program``; if it ends with an error, ``tell`` gets a sentence about it."""
    try:
        return program()
    except Exception as error:  # noqa: BLE001  the door: nothing else would catch it
        tell(str(problem(error)))
        return 1
