"""What Dovecot itself makes of all its files: whatever dovecot.cf includes and user-patches.sh writes is in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailwright.core.problems import Problem
from mailwright.core.textfile import TextFile
from mailwright.model.cluster import opens
from mailwright.model.dovecot_includes import mistakes
from mailwright.model.mailserver import Mailserver
from mailwright.services.declaration import Check

LINE = re.compile(r"(?P<path>/[^:]+):(?P<line>\d+):(?P<text>.*)")
# Relative paths are below the folder of dovecot.conf; a path may be a pattern.
PRINT = (
    'cd "$1" && shift; for path; do for file in $path; do grep -Hn "" "$(realpath "$file")"; done; done 2>/dev/null; :'
)


def judged(mailserver: Mailserver, configuration: str) -> Iterator[Problem]:
    """A Problem for each setting of ``doveconf -n`` that gives users one place, or that is of Dovecot 2.3."""
    includes = included(mailserver)
    where = includes[0][0] if includes else "dovecot"
    through = "; a file that it includes says so" if includes else ""
    for problem in mistakes(TextFile(where, configuration), accepted=True):
        yield problem._replace(where=where, what=f"{problem.what}{through}")
    if mailserver.cluster and not mailserver.role.mta:
        yield from (problem._replace(where=where) for problem in opens(TextFile(where, configuration)))


def included(mailserver: Mailserver) -> list[tuple[str, str]]:
    """The line and the path of each file that dovecot.cf includes and that is not copied."""
    file = mailserver.overrides.dovecot
    each = mailserver.overrides.dovecot_included
    return [(file.at(one.line), one.path) for one in each if not one.files] if file else []


def reads(mailserver: Mailserver) -> Iterator[Check]:
    """A look at the lines of the files that dovecot.cf includes and that are not copied.

    doveconf does not say where a value comes from.
    """
    if paths := [path for _, path in included(mailserver)]:
        yield Check(("sh", "-c", PRINT, "sh", "{etc}/dovecot", *paths), judge=_lines)


def _lines(_: Mailserver, printed: str) -> Iterator[Problem]:
    files: dict[str, list[str]] = {}
    for match in map(LINE.fullmatch, printed.splitlines()):
        if match:
            files.setdefault(match["path"], []).append(match["text"])
    for path, texts in files.items():
        yield from mistakes(TextFile(path, "\n".join(texts)))
