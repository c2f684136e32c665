from __future__ import annotations

from dataclasses import replace

import pytest

from mailwright.formats.rspamd_commands import Command, commands, with_command
from tests.unit.operator import file, told

NAME = "rspamd/custom-commands.conf"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("disable-modul rbl", "'disable-modul' is not a command (did you mean disable-module?)"),
        ("disable-module", "disable-module needs 1 word, not 0"),
        ("set-option-for-module rbl enabled", "set-option-for-module needs 3 words, not 2"),
        ("add-line ../rspamd.conf x", "'../rspamd.conf' is not the name of a module, an option or a file"),
    ],
)
def test_a_line_that_is_not_a_command_is_a_problem(line: str, said: str) -> None:
    _, problems = commands(file(f"\n{line}\n", NAME))
    assert told(problems) == [f"{NAME}:2: {said}"]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("disable-module rbl", Command("rbl.conf", "enabled = false;", "enabled")),
        ("enable-module rbl", Command("rbl.conf", "enabled = true;", "enabled")),
        ("set-option-for-module rbl score 4 5", Command("rbl.conf", "score = 4 5;", "score")),
        ("set-option-for-controller count 2", Command("worker-controller.inc", "count = 2;", "count")),
        ("set-option-for-proxy count 2", Command("worker-proxy.inc", "count = 2;", "count")),
        ("set-common-option dns 1 s", Command("options.inc", "dns = 1 s;", "dns")),
        ("add-line rbl.conf a = b;", Command("rbl.conf", "a = b;")),
    ],
)
def test_each_command_becomes_a_line_of_a_file(line: str, command: Command) -> None:
    assert commands(file(f"\n{line}\n", NAME)) == ([replace(command, number=2)], [])


@pytest.mark.parametrize(
    ("before", "command", "after"),
    [
        ("", Command("a.conf", "x = 1;", "x"), "x = 1;\n"),
        ("y = 2;", Command("a.conf", "x = 1;", "x"), "y = 2;\nx = 1;\n"),
        ("  x = 0;\ny = 2;\n", Command("a.conf", "x = 1;", "x"), "x = 1;\ny = 2;\n"),
        ("x: 0;\n", Command("a.conf", r"x = \1;", "x"), "x = \\1;\n"),
        ("xy = 0;\n", Command("a.conf", "x = 1;", "x"), "xy = 0;\nx = 1;\n"),
        ("x = 1;\n", Command("a.conf", "x = 1;"), "x = 1;\nx = 1;\n"),
    ],
)
def test_a_command_replaces_the_line_of_its_option_or_adds_one(before: str, command: Command, after: str) -> None:
    changed, numbers = with_command(file(before, "rspamd/override.d/a.conf"), command)
    assert changed.text == after
    assert {changed.text.split("\n")[number - 1] for number in numbers} == {command.line}
