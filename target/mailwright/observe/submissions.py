"""Who has an open connection on 587 and 465, as Postfix's log tells it."""

from __future__ import annotations

import re
import time
from pathlib import Path

from mailwright.observe import log_lines

LONGEST = 24 * 3600.0  # seconds for which a connection is looked for; smtpd(8) ends an idle one after five minutes
LINE = re.compile(r"^\S+ \S+ postfix/submissions?/smtpd\[(?P<process>\d+)\]: (?P<what>.*)$")
LOGIN = re.compile(r"[0-9A-Za-z]+: client=\S+, sasl_method=[^,\s]+, sasl_username=(?P<login>[^,\s]+)")


def logins(log: Path = log_lines.LOG) -> dict[int, str]:
    """The smtpd(8) of each open connection, and its login; empty until the first recipient of its first mail."""
    open_now: dict[int, str] = {}
    if not log.exists():
        return open_now
    for line in log_lines.lines(time.time() - LONGEST, log=log):
        if not (match := LINE.match(line)):
            continue
        process, what = int(match["process"]), match["what"]
        if what.startswith("connect from "):
            open_now[process] = ""
        elif what.startswith("disconnect from "):
            open_now.pop(process, None)
        elif found := LOGIN.match(what):
            open_now[process] = found["login"].lower()
    return open_now
