from __future__ import annotations

import pytest
from click.testing import CliRunner

from mailwright.cli import main


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("emial list", "No such command 'emial' (did you mean email?)."),
        ("email ad x", "No such command 'ad' (did you mean add?)."),
        ("email restrict lst", "No such command 'lst' (did you mean list?)."),
        ("alias delete", "No such command 'delete' (did you mean del?)."),
        ("quota frobnicate", "No such command 'frobnicate'."),
        ("fail2ban bann", "No such command 'bann' (did you mean ban?)."),
    ],
)
def test_the_command_that_was_meant(line: str, message: str) -> None:
    result = CliRunner().invoke(main, line.split())
    assert (result.exit_code, message in result.output) == (2, True), result.output


def test_known_commands_and_help() -> None:
    assert CliRunner().invoke(main, ["help"]).exit_code == 0
    assert CliRunner().invoke(main, ["alias", "add", "--help"]).exit_code == 0
