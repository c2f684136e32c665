from __future__ import annotations

import pytest

from mailwright.formats.rspamd_commands import commands
from tests.unit.operator import file, told

NAME = "rspamd/custom-commands.conf"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("disable-modul rbl", "disable-modul is not a command (did you mean disable-module?)"),
        ("set-option-for-module rbl enabled", "set-option-for-module needs 3 words, not 2"),
        ("add-line ../rspamd.conf x", "../rspamd.conf is not the name of a module, an option or a file"),
    ],
)
def test_what_is_no_command_is_told(line: str, said: str) -> None:
    _, problems = commands(file(f"\n{line}\n", NAME))
    assert told(problems) == [f"{NAME}:2: {said}"]
