"""host/commands runs real programs, so its tests are where processes are allowed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mailwright.host import commands
from mailwright.host.commands import Done, run, run_telling, run_visibly


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_output_errors_and_code() -> None:
    done = run(python("import sys; print('ä'); sys.stdout.flush(); sys.stdout.buffer.write(b'\\xff'); sys.exit('no')"))
    assert done == Done(1, "ä\n\ufffd", "no\n")
    assert not done
    assert done.reason == "ä \ufffd no"
    assert Done(3).reason == "exit code 3"


def test_the_environment_is_added_to_ours() -> None:
    done = run(python("import os; print(os.environ['ADDED'], 'PATH' in os.environ)"), environ={"ADDED": "yes"})
    assert done.output == "yes True\n"
    assert "ADDED" not in os.environ


def test_no_input() -> None:
    assert run(python("import sys; print(repr(sys.stdin.read()))")).output == "''\n"


def test_the_time_limit() -> None:
    done = run(python("import time; time.sleep(60)"), limit=1)
    assert done.code == commands.TIMED_OUT
    assert done.reason.endswith("did not end within 1 s")


def test_a_program_that_is_missing() -> None:
    assert run(("/nowhere/postconf", "-n")) == Done(127, "", "/nowhere/postconf: no such file or directory")


def test_visibly(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run_visibly(python("import os; print(os.getcwd()); raise SystemExit(4)"), tmp_path) == 4
    assert capfd.readouterr().out.strip() == str(tmp_path)


def test_each_line_is_told() -> None:
    lines: list[str] = []
    code = "import sys; print('a'); print('b', file=sys.stderr); sys.stdout.buffer.write(b'\\xff\\n'); sys.exit(3)"
    assert run_telling(python(code), lines.append) == 3
    assert sorted(lines) == ["a", "b", "\ufffd"]
