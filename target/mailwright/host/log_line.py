"""Every line in the container's stream: time, host, program, text, as rsyslog writes the daemons' lines.

Imports next to nothing, since supervisord's process keeps it in memory.
"""

from __future__ import annotations

import socket
from datetime import datetime


def line(program: str, text: str) -> str:
    """One line of the stream, with the present time."""
    now = datetime.now().astimezone().isoformat(timespec="microseconds")
    return f"{now} {socket.gethostname()} {program}: {text}\n"
