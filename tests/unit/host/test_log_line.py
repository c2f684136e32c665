from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta

from mailwright.host.log_line import line


def test_a_line_has_time_host_program_and_text() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    time, host, rest = line("mailwright", "hello: world").split(" ", 2)
    assert before <= datetime.fromisoformat(time) <= datetime.now(UTC)
    assert host == socket.gethostname()
    assert rest == "mailwright: hello: world\n"
