"""Every line in the container's stream: time, host, program, text, as rsyslog writes the daemons' lines.

Imports next to nothing, since supervisord's process keeps it in memory.
"""

from __future__ import annotations

import os
import socket
from datetime import datetime

from mailwright.core import paths

JSON = f"/etc/{paths.JSON_LINES}"


def is_json() -> bool:
    """Whether the running configuration has LOG_FORMAT=json."""
    return os.path.exists(JSON)  # noqa: PTH110  pathlib would stay in supervisord's memory


def line(program: str, text: str, *, as_json: bool | None = None) -> str:
    """One line of the stream, with the present time; in the configuration's form if ``as_json`` is not given."""
    now = datetime.now().astimezone().isoformat(timespec="microseconds")
    if is_json() if as_json is None else as_json:
        from mailwright.host.json_line import json_line  # not in memory before

        return json_line(now, socket.gethostname(), program, text)
    return f"{now} {socket.gethostname()} {program}: {text}\n"
