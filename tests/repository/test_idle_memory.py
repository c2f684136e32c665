"""The watching process lives as long as the server and waits most of the time: it imports next to nothing."""

from __future__ import annotations

import subprocess
import sys

# Each would cost the idle process more memory than all of its own code.
HEAVY = {"pydantic", "jinja2", "cryptography", "dns", "click", "dataclasses", "inspect", "xmlrpc", "ssl"}


def test_the_watching_process_imports_nothing_heavy() -> None:
    program = "import sys, mailwright.programs.watch; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "mailwright.programs.watch" in done.stdout.split()
    assert HEAVY & set(done.stdout.split()) == set()
