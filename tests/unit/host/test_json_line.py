from __future__ import annotations

import io
import json
import socket

import pytest

from mailwright.host.json_line import json_line, of_bytes
from mailwright.host.log_line import line
from mailwright.programs import json_lines


@pytest.mark.parametrize(
    ("text", "severity", "action", "message"),
    [
        ("error: a: wrong", "err", None, "a: wrong"),
        ("warn: doubtful", "warning", None, "doubtful"),
        ("applied 1 file (a: b), because c changed; reloaded postfix", "info", "reloaded", None),
        ("applied 1 file (a: b), because c changed; live at once", "info", "applied", None),
        ("error: 2 problems; keeping the running configuration", "err", "kept", None),
        ("error: 1 problem; the mail server does not start", "err", "start refused", None),
        ("error: unhealthy: dovecot does not run", "err", "unhealthy", None),
        ("mail.example.com is up and running", "info", "started", None),
    ],
)
def test_severity_and_action_follow_the_words(
    text: str, severity: str, action: str | None, message: str | None
) -> None:
    entry = json.loads(line("mailwright", text, as_json=True))
    assert (entry["severity"], entry.get("action")) == (severity, action)
    assert entry["message"] == (message or text.removeprefix("error: "))
    assert entry["service"] == "mailwright"
    assert entry["host"] == socket.gethostname()
    assert entry["time"][10] == "T"


@pytest.mark.parametrize("text", ['"' * 9000, "\\" * 9000, "\u00e9" * 9000, "\udc80" * 9000, "\U0001f600" * 3000])
def test_a_long_line_is_cut_so_that_it_is_written_in_one_piece(text: str) -> None:
    written = json_line("t", "h", "p", text)
    assert len(written.encode()) <= 4096
    assert written.endswith('"}\n')
    cut = json.loads(written)["message"]
    assert cut.endswith("\u2026")
    assert text.startswith(cut[:-1])


def test_what_programs_print_becomes_lines_once() -> None:
    ours = line("watch", "rotated x", as_json=True).encode()
    given = b"plain \xff\x00\n\n" + ours + b'{"time": "forged\n{"time": 1}\nno end'
    stream = io.BytesIO()
    json_lines.main("a", io.BytesIO(given), stream)
    lines = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert [(each["program"], each["message"]) for each in lines] == [
        ("a", "plain \ufffd\0"),
        ("watch", "rotated x"),
        ("a", '{"time": "forged'),
        ("a", '{"time": 1}'),
        ("a", "no end"),
    ]
    assert of_bytes("a", b" \r\n") == b""
