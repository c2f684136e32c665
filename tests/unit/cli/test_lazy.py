from __future__ import annotations

from collections.abc import Iterator

import click
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


def every_group(group: click.Group) -> Iterator[click.Group]:
    """``group`` and all groups below it."""
    yield group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from every_group(command)


@pytest.mark.parametrize("group", [pytest.param(group, id=str(group.name)) for group in every_group(main)])
def test_no_sentence_in_a_list_of_commands_is_cut_off(group: click.Group) -> None:
    # click remembers a group's help option, so it must be the one of a command line.
    help_text = group.get_help(click.Context(group, info_name="setup", help_option_names=["-h", "--help"]))
    assert "Commands:" in help_text
    assert "..." not in help_text.partition("Commands:")[2]
