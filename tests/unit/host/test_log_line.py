from __future__ import annotations

import re
import socket

from mailwright.host.log_line import line


def test_a_line_has_time_host_program_and_text() -> None:
    time, host, rest = line("mailwright", "hello: world").split(" ", 2)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}[+-]\d\d:\d\d", time)
    assert host == socket.gethostname()
    assert rest == "mailwright: hello: world\n"
