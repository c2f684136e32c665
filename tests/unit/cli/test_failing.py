"""A command that fails says so in one line."""

from __future__ import annotations

import errno
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from mailwright import cli
from mailwright.host import failures


def run(error: Exception) -> tuple[int, str]:
    """Exit code and output of a command that raises ``error``."""

    @click.command("failing")
    def failing() -> None:
        raise error

    group = cli.Commands("setup", {"failing": failing})
    result = CliRunner().invoke(group, ["failing"], prog_name="setup")
    return result.exit_code, result.output


def test_a_full_volume() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "/var/mail-state/x")
    assert run(full) == (1, "Error: volumes: /var/mail-state is full (hint: free some space)\n")


def test_a_mistake_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "TRACEBACKS", (str(tmp_path / "error.txt"),))
    code, output = run(KeyError("secret"))
    assert code == 1
    assert output.startswith("Error: mailwright: stopped by a mistake of its own, KeyError in cli/")
    assert "Traceback" not in output
    assert "secret" not in output
    assert "KeyError: 'secret'" in (tmp_path / "error.txt").read_text()


def test_click_s_own_errors_stay() -> None:
    assert run(click.UsageError("no such word"))[0] == 2
    assert run(click.exceptions.Exit(5)) == (5, "")
    assert run(click.Abort()) == (1, "Aborted!\n")


@pytest.mark.parametrize(
    "words", [["--x\x1b[31m\x85"], ["email", "--x\x1b[31m\x85"], ["email", "add", "a\x1b[31m\x85"]]
)
def test_a_word_that_is_repeated_steers_no_terminal(words: list[str]) -> None:
    result = CliRunner().invoke(cli.main, words, prog_name="setup")
    assert result.exit_code == 2
    assert "\\x1b[31m\\x85" in result.output
    assert {char for char in result.output if not char.isprintable()} == {"\n"}
