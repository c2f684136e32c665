"""LOG_FORMAT=json: one JSON object for each line that our own programs and the daemons write on standard output.

The daemons' lines of syslog get the same form from rsyslog, see services.rsyslog.fields. Imported only where used.
"""

from __future__ import annotations

import json
import re

from mailwright.host.log_line import line

LONGEST = 3000  # characters of a message: a line of up to 4096 bytes is written to a pipe in one piece
SEVERITIES = {"error": "err", "warn": "warning", "info": "info", "debug": "debug", "trace": "debug"}
MARK = re.compile(rf"({'|'.join(SEVERITIES)}): ")
# What Mailwright did, by its words.
ACTIONS = (
    ("reloaded", re.compile(r"(?:applied|took up) .*; (?:reloaded|restarted|started|stopped) ")),
    ("applied", re.compile(r"applied .*; live at once$")),
    ("kept", re.compile(r".*; keeping the running configuration$")),
    ("started", re.compile(r"\S+ is up and running$")),
    ("start refused", re.compile(r".*; the mail server does not start$")),
    ("unhealthy", re.compile(r"unhealthy: ")),
    ("rotated", re.compile(r"rotated ")),
)


def json_line(time: str, host: str, program: str, text: str) -> str:
    """``text`` of ``program`` as a line. A mark that it begins with, such as ``error:``, is its severity (RFC 5424)."""
    severity = "info"
    if mark := MARK.match(text):
        severity, text = SEVERITIES[mark[1]], text[mark.end() :]
    action = next((name for name, pattern in ACTIONS if pattern.match(text)), "")
    entry = {"time": time, "host": host, "service": program, "program": program, "severity": severity}
    return _written({**entry, **({"action": action} if action else {}), "message": text})


def _written(entry: dict[str, str]) -> str:
    """The object on one line of at most 4096 bytes."""
    text = json.dumps(entry) + "\n"  # in ASCII: valid for any text, half a character of UTF-16 included
    while len(text) > 4096:
        entry["message"] = entry["message"][: min(LONGEST, len(entry["message"]) * 2 // 3)] + "…"
        text = json.dumps(entry) + "\n"
    return text


def is_json_line(text: str) -> bool:
    """Whether one of our programs has written ``text`` in this form already."""
    if not text.startswith('{"time": "'):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def of_bytes(program: str, text: bytes) -> bytes:
    """What ``program`` has printed as a line of the stream; nothing for an empty line."""
    said = text.decode("utf-8", "replace").strip()
    if is_json_line(said):
        return f"{said}\n".encode()
    return line(program, said, as_json=True).encode() if said else b""
